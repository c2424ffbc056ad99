import type { EpochSeconds } from '@newel/policy'
import { type KoaContextWithOIDC, errors } from 'oidc-provider'

/** Signatures of clients that the provider verifies: on assertions and request objects. */
export const clientSigningAlgorithms = ['ES256', 'PS256', 'EdDSA', 'Ed25519', 'RS256'] as const

/** FAPI 2.0 Security Profile §5.4.1 has no RSA with PKCS #1 v1.5. */
const fapi2Algorithms: readonly unknown[] = ['ES256', 'PS256', 'EdDSA', 'Ed25519']

/** Longest life of anything that a client signs, in seconds. What lives longer is worth stealing. */
const longestSeconds = 3600

type SignedPart = Readonly<Record<string, unknown>>

/** What the library's own checks of a client's assertion leave open. RFC 7523 §3. */
export function checkClientAssertion(
  ctx: KoaContextWithOIDC,
  claims: SignedPart,
  header: SignedPart,
  now: EpochSeconds,
): void {
  // RFC 8725 §3.11: a request object goes through the browser, and whoever sees it there is not the client.
  if (header['typ'] !== undefined && !isOneOf(header['typ'], assertionTypes)) {
    refuseAssertion('the JWT is of a type that is no client assertion')
  }
  if (isAhead(claims, now)) refuseAssertion('the client assertion is from the future')
  if (livesTooLong(claims, now)) refuseAssertion('the client assertion must expire within an hour')
  if (!ctx.oidc.isFapi('2.0')) return
  // FAPI 2.0 Security Profile §5.3.2.1: the issuer alone, as one text.
  if (claims['aud'] !== ctx.oidc.issuer) refuseAssertion('`aud` must be the issuer')
  if (!fapi2Algorithms.includes(header['alg']))
    refuseAssertion('the algorithm is not in the profile')
}

/** What the library's own checks of a request object leave open. RFC 9101 §4, §10.8. */
export function checkRequestObject(
  ctx: KoaContextWithOIDC,
  claims: SignedPart,
  header: SignedPart,
  now: EpochSeconds,
): void {
  // What the library made itself of a plain pushed request is signed by nobody.
  if (header['alg'] === 'none') return
  if (header['typ'] !== undefined && !isOneOf(header['typ'], requestTypes)) {
    refuseRequest('the JWT is of a type that is no request object')
  }
  // RFC 9101 §10.8: with it, whoever sees the request could use it as an assertion of the client.
  if (claims['sub'] !== undefined) refuseRequest('a request object must not have `sub`')
  if (isAhead(claims, now)) refuseRequest('the request object is from the future')
  if (livesTooLong(claims, now)) refuseRequest('a request object must expire within an hour')
  if (!ctx.oidc.isFapi('2.0')) return
  if (claims['nbf'] === undefined) refuseRequest('a request object needs `nbf`')
  if (!fapi2Algorithms.includes(header['alg'])) refuseRequest('the algorithm is not in the profile')
}

function refuseAssertion(description: string): never {
  throw new errors.InvalidClientAuth(description)
}

function refuseRequest(description: string): never {
  throw new errors.InvalidRequestObject(description)
}

const assertionTypes = ['jwt', 'client-authentication+jwt']
const requestTypes = ['jwt', 'oauth-authz-req+jwt']

/** RFC 7515 §4.1.9: media types in any case, with or without `application/`. */
function isOneOf(type: unknown, known: readonly string[]): boolean {
  return (
    typeof type === 'string' && known.includes(type.toLowerCase().replace(/^application\//, ''))
  )
}

/** The library looks at `nbf` alone where there is an `exp`. FAPI 2.0 Security Profile §5.3.2.1: a minute at most. */
function isAhead({ iat }: SignedPart, now: EpochSeconds): boolean {
  return typeof iat === 'number' && iat > now + 60
}

function livesTooLong({ exp }: SignedPart, now: EpochSeconds): boolean {
  return typeof exp !== 'number' || exp - now > longestSeconds
}
