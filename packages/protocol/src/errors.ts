export type ProtocolErrorCode =
  | 'invalid_acr'
  | 'invalid_amr'
  | 'invalid_auth_time'
  | 'invalid_max_age'
  | 'invalid_scope'
  | 'invalid_realm'
  | 'empty_challenge'

/**
 * A caller asked for something that has no legal form on the wire. What arrives from outside never raises it: reading
 * returns its faults as values.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly code: ProtocolErrorCode
  /** The field that has no legal form, such as `acrValues`. */
  readonly field: string

  constructor(code: ProtocolErrorCode, field: string, message: string) {
    super(message)
    this.code = code
    this.field = field
  }
}
