export type PolicyErrorCode =
  | 'no_levels'
  | 'duplicate_level'
  | 'duplicate_acr'
  | 'invalid_acr'
  | 'no_alternatives'
  | 'empty_alternative'
  | 'invalid_lifetime'
  | 'unknown_level'
  | 'level_cycle'
  | 'invalid_pattern'

/** The policy contradicts itself; raised while it is compiled, never while deciding. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError'
  readonly code: PolicyErrorCode
  /** Where in the definition, such as `levels.mfa.satisfies`. */
  readonly path: string

  constructor(code: PolicyErrorCode, path: string, message: string) {
    super(message)
    this.code = code
    this.path = path
  }
}
