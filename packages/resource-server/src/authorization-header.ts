/** A token as the request carries it; nothing about it is verified, its form neither. */
export interface Credentials {
  readonly ok: true
  readonly scheme: 'Bearer' | 'DPoP'
  readonly token: string
}

export type CredentialsProblem =
  /** No access token: no header, or one of a scheme that is not ours. */
  | 'absent'
  /** More than one `Authorization` header (RFC 6750 §3.1). */
  | 'several'
  /** Longer than any token that is looked at. */
  | 'too_long'

/**
 * Longest token looked at, in characters: what Node's parser lets through as one request's headers. Work on hostile
 * input stays bounded on runtimes whose own limit is higher.
 */
export const longestToken = 16_384

const scheme = /^(?:bearer|dpop)(?: +|$)/i
const token68 = /^[A-Za-z0-9\-._~+/]+=*$/

/**
 * The access token of a request. Only the `Authorization` header counts: tokens in the query or body end up in logs and
 * histories (RFC 6750 §2.3, RFC 9700 §4.3.2). The scheme is case-insensitive (RFC 9110 §11.1).
 */
export function readCredentials(
  authorization: string | readonly string[] | undefined | null,
): Credentials | { readonly ok: false; readonly problem: CredentialsProblem } {
  if (authorization === undefined || authorization === null) return { ok: false, problem: 'absent' }
  if (typeof authorization !== 'string') {
    if (authorization.length > 1) return { ok: false, problem: 'several' }
    return readCredentials(authorization[0])
  }
  if (authorization.length > longestToken + 16) return { ok: false, problem: 'too_long' }
  // The common spelling, without the cost of an expression.
  if (authorization.startsWith('Bearer ') && authorization.charCodeAt(7) !== 32) {
    return { ok: true, scheme: 'Bearer', token: authorization.slice(7) }
  }
  const named = scheme.exec(authorization)
  if (!named) return { ok: false, problem: 'absent' }
  const token = authorization.slice(named[0].length)
  // Both schemes are told apart by their first letter.
  const isDpop = authorization.charCodeAt(0) === 68 || authorization.charCodeAt(0) === 100
  return { ok: true, scheme: isDpop ? 'DPoP' : 'Bearer', token }
}

export type TokenForm = 'well_formed' | 'malformed' | 'too_long'

/** Whether the text behind the scheme may be a token at all (RFC 6750 §2.1). One that was verified before is. */
export function tokenForm(token: string): TokenForm {
  if (!token68.test(token)) return 'malformed'
  return token.length > longestToken ? 'too_long' : 'well_formed'
}
