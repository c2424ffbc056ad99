export type ResourceServerErrorCode =
  /** An option of `createResourceServer` is missing, mistyped or contradicts another. */
  | 'invalid_option'
  /** The issuer is not `https`, and not loopback with `allowInsecureIssuer`. */
  | 'insecure_issuer'
  /** A requirement is not one: unknown member, empty list, malformed value. */
  | 'invalid_requirement'
  /** A `maxAge` that no login can meet: the client would loop (RFC 9470 §8). */
  | 'max_age_too_small'
  /** Binding a token to the exact action is not available here; passing such a requirement would be a pass unproved. */
  | 'transaction_unsupported'
  /** A required `acr` that the provider does not advertise (RFC 9470 §7). */
  | 'unknown_acr'
  /** The metadata names another issuer (OpenID Connect Discovery §4.3, RFC 8414 §3.3). */
  | 'issuer_mismatch'
  /** The metadata cannot be used as they stand. */
  | 'invalid_metadata'
  /** The provider did not answer, or not with metadata and keys. Trying again may help. */
  | 'provider_unavailable'
  /** The memory of one-shot tokens is full; forgetting one early would let it pass twice. */
  | 'used_tokens_full'
  /** A handler asked for the verified token of a request that no guard has let through. */
  | 'unprotected_route'

/** A mistake of configuration, or a fault of the provider. A refused request is a value, not this. */
export class ResourceServerError extends Error {
  override readonly name = 'ResourceServerError'
  readonly code: ResourceServerErrorCode
  /** Whether the same call may succeed later without a change here. */
  readonly retryable: boolean
  /** With `unknown_acr`: the values that the provider does not advertise. */
  readonly acrValues: readonly string[]

  constructor(
    code: ResourceServerErrorCode,
    message: string,
    facts: { cause?: unknown; acrValues?: readonly string[] } = {},
  ) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.code = code
    this.retryable = code === 'provider_unavailable' || code === 'used_tokens_full'
    this.acrValues = facts.acrValues ?? []
  }
}
