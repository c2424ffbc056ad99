/**
 * - `kek_invalid`: not 32 bytes in base64url. - `kek_exposed`: other users of the machine can read the file.
 * - `kek_unavailable`: the file cannot be read or made. - `sealed_malformed`: not a sealed value of a known format.
 * - `sealed_unknown_key`: sealed under a key that the ring lacks. - `sealed_tampered`: changed, or moved from another row.
 */
export type SecretErrorCode =
  | 'kek_invalid'
  | 'kek_exposed'
  | 'kek_unavailable'
  | 'sealed_malformed'
  | 'sealed_unknown_key'
  | 'sealed_tampered'

/** A secret, or the key that seals secrets, could not be had. Neither is ever in the message. */
export class SecretError extends Error {
  override readonly name = 'SecretError'
  readonly code: SecretErrorCode

  constructor(code: SecretErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
