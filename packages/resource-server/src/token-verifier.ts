import { clockToleranceSeconds } from '@newel/policy'
import type { EpochSeconds } from '@newel/policy'
import { authenticationFromClaims } from '@newel/protocol'
import { errors, jwtVerify } from 'jose'
import type { JWTPayload, JWTVerifyResult } from 'jose'
import type { Provider, ProviderFacts } from './provider.ts'
import type { RefusalReason } from './refusal.ts'
import { deepFreeze } from './verified-token.ts'
import type { VerifiedToken } from './verified-token.ts'

/** What tokens must be. */
export interface TokenRules {
  readonly issuer: string
  readonly audience: readonly string[]
  readonly algorithms: readonly string[]
  /** `typ` values in lower case, without `application/`. */
  readonly tokenTypes: readonly string[]
}

export type Verification =
  | { readonly ok: true; readonly token: VerifiedToken; readonly facts: ProviderFacts }
  | { readonly ok: false; readonly reason: RefusalReason }

/** Every algorithm that needs a private key to sign. Symmetric ones and `none` cannot be configured either. */
export const asymmetricAlgorithms: readonly string[] = [
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
]

/** Three parts of base64url. What has another form is not worth an outgoing request. */
const compactJws = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

/**
 * Verify a token the long way: signature, issuer, audience, times, type, form of the claims.
 *
 * @throws ResourceServerError where the provider is needed and does not answer.
 */
export async function verifyToken(
  token: string,
  rules: TokenRules,
  provider: Provider,
  now: EpochSeconds,
): Promise<Verification> {
  if (!compactJws.test(token)) return { ok: false, reason: 'token_malformed' }
  const facts = await provider.load(now)
  const verification = await verifyWith(token, rules, facts, now)
  if (verification.ok || verification.reason !== 'key_unknown') return verification
  const renewed = await provider.seekKey(now)
  if (renewed.keysVersion === facts.keysVersion) return verification
  return verifyWith(token, rules, renewed, now)
}

async function verifyWith(
  token: string,
  rules: TokenRules,
  facts: ProviderFacts,
  now: EpochSeconds,
): Promise<Verification> {
  try {
    const { payload, protectedHeader } = await verifySignature(token, rules, facts, now)
    if (!rules.tokenTypes.includes(normalizeType(protectedHeader.typ))) {
      return { ok: false, reason: 'token_type_refused' }
    }
    const verified = readClaims(payload, now)
    return verified ? { ok: true, token: verified, facts } : { ok: false, reason: 'claim_invalid' }
  } catch (error) {
    return { ok: false, reason: reasonOf(error) }
  }
}

async function verifySignature(
  token: string,
  rules: TokenRules,
  facts: ProviderFacts,
  now: EpochSeconds,
): Promise<JWTVerifyResult> {
  const options = {
    issuer: rules.issuer,
    audience: [...rules.audience],
    algorithms: [...rules.algorithms],
    clockTolerance: clockToleranceSeconds,
    currentDate: new Date(now * 1000),
    requiredClaims: ['exp', 'iat', 'sub'],
  }
  try {
    return await jwtVerify(token, facts.keys, options)
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
    // No `kid` and several keys of one kind: any of them may have signed. The set is bounded.
    for await (const key of error) {
      try {
        return await jwtVerify(token, key, options)
      } catch (failure) {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure
      }
    }
    throw new errors.JWSSignatureVerificationFailed()
  }
}

/** RFC 9068 §2.2; `undefined` where a claim that matters here has not its form. */
function readClaims(claims: JWTPayload, now: EpochSeconds): VerifiedToken | undefined {
  const { sub, exp, iat, nbf, jti } = claims
  if (typeof sub !== 'string' || sub === '') return undefined
  if (!isTime(exp) || !isTime(iat) || (nbf !== undefined && !isTime(nbf))) return undefined
  // A token from the future was issued by a clock that nothing here can be judged by.
  if (iat > now + clockToleranceSeconds) return undefined
  if (jti !== undefined && typeof jti !== 'string') return undefined
  const clientId = claims['client_id'] ?? claims['azp']
  if (clientId !== undefined && typeof clientId !== 'string') return undefined
  const scope = readScope(claims['scope'] ?? claims['scp'])
  if (!scope) return undefined
  const authentication = authenticationFromClaims(claims)
  return deepFreeze({
    subject: sub,
    clientId,
    scope,
    // Claims of a wrong form state nothing: enough for a route that asks nothing, a challenge elsewhere.
    authentication: authentication.ok ? authentication.authentication : {},
    expiresAt: exp,
    issuedAt: iat,
    claims,
  })
}

/** A text of values (RFC 9068 §2.2.3), or a list, as some providers write it. */
function readScope(value: unknown): string[] | undefined {
  if (value === undefined) return []
  if (typeof value === 'string') return value.split(' ').filter((part) => part !== '')
  const isList = Array.isArray(value) && value.every((part) => typeof part === 'string')
  return isList ? [...value] : undefined
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

/** RFC 7515 §4.1.9: `application/` may be left out, and case does not count. */
function normalizeType(typ: string | undefined): string {
  return typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : ''
}

function reasonOf(error: unknown): RefusalReason {
  if (error instanceof errors.JWTExpired) return 'token_expired'
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'iss') return 'issuer_mismatch'
    if (error.claim === 'aud') return 'audience_mismatch'
    return error.claim === 'nbf' && error.reason === 'check_failed'
      ? 'token_not_yet_valid'
      : 'claim_invalid'
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return 'algorithm_refused'
  if (error instanceof errors.JWKSNoMatchingKey) return 'key_unknown'
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature_invalid'
  // Whatever else goes wrong over a token goes wrong because of the token.
  return 'token_malformed'
}
