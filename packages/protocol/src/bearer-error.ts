import { descriptionText, formatChallenge, realmText, scopeText } from './challenge-format.ts'
import type { TokenScheme } from './challenge-format.ts'

/** Why a token is refused for a reason that step-up does not mend (RFC 6750 §3.1). */
export type BearerErrorCode = 'invalid_request' | 'invalid_token' | 'insufficient_scope'

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
}

/**
 * The `WWW-Authenticate` value of a refusal. Scope and realm that have no legal form are refused; in the description,
 * characters that RFC 6750 §3 does not allow are replaced.
 *
 * @throws ProtocolError `invalid_scope`, `invalid_realm`.
 */
export function formatBearerError(refusal: BearerError): string {
  const { scheme, error, description, scope, realm } = refusal
  return formatChallenge(scheme, {
    realm: realm === undefined ? undefined : realmText(realm),
    error,
    error_description:
      error === undefined || description === undefined ? undefined : descriptionText(description),
    scope: scope === undefined ? undefined : scopeText(scope),
  })
}
