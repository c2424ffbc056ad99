import type { Authentication } from '@newel/policy'

import { ProtocolError } from './errors.ts'
import { ownMember } from './own-member.ts'
import { isAcrValue, isListOf } from './value-list.ts'

/**
 * The claim `true` in a token whose proof was made for the very request that the token answers: good for one use, and
 * the only one that meets `max_age=0` or a level of lifetime 0.
 */
export const oneShotClaim = 'newel_one_shot'

export type ClaimErrorCode =
  | 'invalid_acr'
  | 'invalid_amr'
  | 'invalid_auth_time'
  | 'invalid_one_shot'

/** The claims that state an authentication, in ID token and access token alike (RFC 9470 §6, RFC 9068 §2.2.1). */
export interface AuthenticationClaims {
  acr?: string
  amr?: string[]
  auth_time?: number
  newel_one_shot?: true
}

/** What reading the claims of a verified token comes to. */
export type ClaimsReading =
  | { ok: true; authentication: Authentication }
  | {
      ok: false
      code: ClaimErrorCode
      /** The claim at fault. */
      claim: string
    }

/**
 * The authentication that a token's claims state. An absent claim is an absent field, which no requirement passes; a
 * claim of another type or form than the specifications give it is an error, never a guess.
 *
 * A fraction in `auth_time` (RFC 7519 §2 permits one) is dropped, which only ever makes the proof older.
 */
export function authenticationFromClaims(claims: Readonly<Record<string, unknown>>): ClaimsReading {
  const acr = ownMember(claims, 'acr')
  if (acr !== undefined && !isAcrValue(acr)) return fault('invalid_acr', 'acr')
  const amr = ownMember(claims, 'amr')
  if (amr !== undefined && !isMethodReferences(amr)) return fault('invalid_amr', 'amr')
  const authTime = ownMember(claims, 'auth_time')
  if (authTime !== undefined && !isTime(authTime)) return fault('invalid_auth_time', 'auth_time')
  const oneShot = ownMember(claims, oneShotClaim)
  if (oneShot !== undefined && typeof oneShot !== 'boolean') {
    return fault('invalid_one_shot', oneShotClaim)
  }
  return {
    ok: true,
    authentication: {
      ...(acr !== undefined && { acr }),
      ...(amr !== undefined && { amr: [...amr] }),
      ...(authTime !== undefined && { authTime: Math.floor(authTime) + 0 }),
      ...(oneShot === true && { oneShot: true }),
    },
  }
}

/**
 * The claims for an authentication; {@link authenticationFromClaims} reads the same back. An absent field, and
 * `oneShot: false`, is an absent claim.
 *
 * @throws ProtocolError where a field has no legal form: `invalid_acr`, `invalid_amr`, `invalid_auth_time`.
 */
export function claimsFromAuthentication(authentication: Authentication): AuthenticationClaims {
  const { acr, amr, authTime, oneShot } = authentication
  if (acr !== undefined && !isAcrValue(acr)) {
    throw new ProtocolError(
      'invalid_acr',
      'acr',
      '`acr` must be visible ASCII without quotation marks and backslashes',
    )
  }
  if (amr !== undefined && !isMethodReferences(amr)) {
    throw new ProtocolError(
      'invalid_amr',
      'amr',
      '`amr` must be a list of texts that are not empty',
    )
  }
  if (authTime !== undefined && !(isTime(authTime) && Number.isInteger(authTime))) {
    throw new ProtocolError(
      'invalid_auth_time',
      'authTime',
      `\`authTime\` must be whole seconds since 1970, not \`${authTime}\``,
    )
  }
  return {
    ...(acr !== undefined && { acr }),
    ...(amr !== undefined && { amr: [...amr] }),
    ...(authTime !== undefined && { auth_time: authTime }),
    ...(oneShot === true && { [oneShotClaim]: true as const }),
  }
}

function fault(code: ClaimErrorCode, claim: string): ClaimsReading {
  return { ok: false, code, claim }
}

function isMethodReferences(value: unknown): value is readonly string[] {
  return isListOf(value, (method): method is string => typeof method === 'string' && method !== '')
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER
}
