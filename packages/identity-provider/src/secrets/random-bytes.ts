/** Bytes from a cryptographic source. Passed in, so that a test can repeat them. */
export type RandomBytes = (size: number) => Uint8Array

/** A name that nobody can guess and that never comes twice: 128 bits, base64url. */
export function randomId(random: RandomBytes): string {
  return Buffer.from(random(16)).toString('base64url')
}
