import { clockToleranceSeconds } from '@newel/policy'
import type { EpochSeconds } from '@newel/policy'
import type { ReadAuthentication } from './authentication-mapping.ts'
import type { RefusalReason } from './refusal.ts'
import { deepFreeze } from './verified-token.ts'
import type { VerifiedToken } from './verified-token.ts'

/** What the claims of a token must state. */
export interface ClaimRules {
  readonly issuer: string
  readonly audience: readonly string[]
  /** Where the provider states how and when the person authenticated. */
  readonly readAuthentication: ReadAuthentication
  /** Whether the claims are an access token's by a sign of this provider's own. */
  readonly isAccessToken: (claims: Readonly<Record<string, unknown>>) => boolean
  /** Whether the claims are a machine's by a sign of this provider's own. */
  readonly isMachine: (claims: Readonly<Record<string, unknown>>) => boolean
}

export type ClaimsReading =
  | { readonly ok: true; readonly token: VerifiedToken }
  | { readonly ok: false; readonly reason: RefusalReason }

/**
 * The token that verified claims make (RFC 9068 §2.2), or the first thing that is wrong with them. Claims that matter here
 * and have not their form are refused, never guessed at.
 */
export function readClaims(
  claims: Readonly<Record<string, unknown>>,
  rules: ClaimRules,
  now: EpochSeconds,
): ClaimsReading {
  const { sub, exp, iat, nbf, jti } = claims
  if (typeof sub !== 'string' || sub === '') return invalid
  if (!isTime(exp) || !isTime(iat) || (nbf !== undefined && !isTime(nbf))) return invalid
  if (claims['iss'] !== rules.issuer) return { ok: false, reason: 'issuer_mismatch' }
  if (!isMeantForUs(claims['aud'], rules.audience))
    return { ok: false, reason: 'audience_mismatch' }
  if (!rules.isAccessToken(claims)) return { ok: false, reason: 'token_type_refused' }
  if (exp <= now - clockToleranceSeconds) return { ok: false, reason: 'token_expired' }
  const notBefore = nbf ?? 0
  if (notBefore > now + clockToleranceSeconds) return { ok: false, reason: 'token_not_yet_valid' }
  // A token from the future was issued by a clock that nothing here can be judged by.
  if (iat > now + clockToleranceSeconds) return invalid
  if (jti !== undefined && typeof jti !== 'string') return invalid
  const clientId = claims['client_id'] ?? claims['azp'] ?? claims['cid']
  if (clientId !== undefined && typeof clientId !== 'string') return invalid
  const scope = readScope(claims['scope'] ?? claims['scp'])
  const confirmation = readConfirmation(claims['cnf'])
  if (!scope || confirmation === 'malformed') return invalid
  const [authentication = {}, ...others] = rules.readAuthentication(claims)
  const token: VerifiedToken = {
    issuer: rules.issuer,
    subject: sub,
    clientId,
    scope,
    // No person stands behind a client-credentials token (RFC 9068 §2.2: `sub` is then the client), nor behind a delegate's.
    isMachine: sub === clientId || claims['act'] !== undefined || rules.isMachine(claims),
    authentication,
    otherAuthentications: others.length === 0 ? none : deepFreeze(others),
    expiresAt: exp,
    notBefore,
    issuedAt: iat,
    confirmation,
    claims,
  }
  deepFreeze(claims)
  deepFreeze(authentication)
  if (confirmation) Object.freeze(confirmation)
  return { ok: true, token: Object.freeze(token) }
}

const none: readonly never[] = Object.freeze([])

const invalid: ClaimsReading = { ok: false, reason: 'claim_invalid' }

function isMeantForUs(aud: unknown, audience: readonly string[]): boolean {
  const named: unknown[] = Array.isArray(aud) ? aud : [aud]
  return named.some((name) => typeof name === 'string' && audience.includes(name))
}

/** A text of values (RFC 9068 §2.2.3), or a list, as some providers write it. */
function readScope(value: unknown): readonly string[] | undefined {
  if (value === undefined) return none
  if (typeof value === 'string') return scopeOfText(value)
  const isList = Array.isArray(value) && value.every((part) => typeof part === 'string')
  return isList ? Object.freeze([...value]) : undefined
}

/** Scopes read before: an API sees the same few. */
const readScopes = new Map<string, readonly string[]>()
const mostScopes = 64
const longestScopeKept = 256

function scopeOfText(text: string): readonly string[] {
  const known = readScopes.get(text)
  if (known) return known
  const scope = Object.freeze(text.split(' ').filter((part) => part !== ''))
  if (text.length <= longestScopeKept) {
    if (readScopes.size >= mostScopes) readScopes.clear()
    readScopes.set(text, scope)
  }
  return scope
}

/**
 * RFC 7800 §3.1. A confirmation of which no member is understood binds the token to something that nobody here can check,
 * and so it stays one: it must not read as none.
 */
function readConfirmation(cnf: unknown): VerifiedToken['confirmation'] | 'malformed' {
  if (cnf === undefined) return undefined
  if (typeof cnf !== 'object' || cnf === null || Array.isArray(cnf)) return 'malformed'
  const { jkt, 'x5t#S256': x5t } = cnf as Record<string, unknown>
  if (jkt !== undefined && typeof jkt !== 'string') return 'malformed'
  if (x5t !== undefined && typeof x5t !== 'string') return 'malformed'
  const known = (jkt === undefined ? 0 : 1) + (x5t === undefined ? 0 : 1)
  return {
    keyThumbprint: jkt,
    certificateThumbprint: x5t,
    isUnderstood: known > 0 && Object.keys(cnf).length === known,
  }
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
