import { descriptionText, formatChallenge, realmText, scopeText } from './challenge-format.ts'
import type { TokenScheme } from './challenge-format.ts'

/** Why a token is refused for a reason that step-up does not mend (RFC 6750 §3.1, RFC 9449 §7.1 and §9). */
export type BearerErrorCode =
  | 'invalid_request'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'

/** A refusal of a token, or the bare demand for one. */
export interface BearerError {
  scheme: TokenScheme
  /** Absent: the request carried no token, and learns nothing beyond the scheme (RFC 6750 §3.1). */
  error?: BearerErrorCode
  /** For the developer who reads the header. Left out where `error` is. */
  description?: string
  /** The scopes that the request needs. */
  scope?: string
  realm?: string
  /** Signature algorithms of proofs, one space between them (RFC 9449 §7.1). With scheme DPoP alone. */
  algorithms?: string
  /** Where the resource tells of itself (RFC 9728 §5.1). */
  resourceMetadata?: string
}

/**
 * The `WWW-Authenticate` value of a refusal. Scope and realm that have no legal form are refused; in the description,
 * characters that RFC 6750 §3 does not allow are replaced.
 *
 * @throws ProtocolError `invalid_scope`, `invalid_realm`.
 */
export function formatBearerError(refusal: BearerError): string {
  const { scheme, error, description, scope, realm, algorithms, resourceMetadata } = refusal
  return formatChallenge(scheme, {
    realm: realm === undefined ? undefined : realmText(realm),
    error,
    error_description:
      error === undefined || description === undefined ? undefined : descriptionText(description),
    scope: scope === undefined ? undefined : scopeText(scope),
    algs: algorithms,
    resource_metadata: resourceMetadata,
  })
}
