/** What is sealed travels as text: the driver is told nothing of bytes. */
export function textOf(sealed: Uint8Array): string {
  return Buffer.from(sealed).toString('base64url')
}

export function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'base64url')
}
