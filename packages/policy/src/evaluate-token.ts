import { ageSeconds } from './age.ts'
import type { Authentication, TokenDecision, UnmetItem } from './decision.ts'
import type { EpochSeconds } from './level.ts'
import type { LevelOrder } from './levels.ts'
import type { Requirement } from './requirement.ts'

/** When a token is judged, and how far its clock is trusted. */
export interface TokenContext {
  readonly now: EpochSeconds
  /** How far ahead `auth_time` may be, in seconds. Default: {@link clockToleranceSeconds}. */
  readonly clockToleranceSeconds?: number
  /**
   * For a provider that does not mark one-shot tokens: how old a proof may be to count as made for the request, in
   * seconds. Absent: only the mark counts. The caller must still refuse the second use.
   */
  readonly oneShotWindowSeconds?: number
}

/**
 * Hold what a verified token states to a requirement. Whatever the token leaves out, misstates or dates ahead is not
 * satisfied: the answer is a challenge, never a pass.
 */
export function evaluateToken(
  order: LevelOrder,
  requirement: Requirement,
  authentication: Authentication,
  context: TokenContext,
): TokenDecision {
  const { acr, authTime } = authentication
  const asked = requirement.acrValues
  const known = asked.filter((required) => order.has(required))
  const unknown = asked
    .filter((required) => !order.has(required))
    .map((required): UnmetItem => ({ acr: required, reason: 'unknown' }))
  const reached =
    asked.length === 0 ||
    known.some((required) => acr !== undefined && order.satisfies(acr, required))
  if (!reached) {
    return {
      satisfied: false,
      unmet: [
        ...known.map((required): UnmetItem => ({ acr: required, reason: 'missing' })),
        ...unknown,
      ],
    }
  }
  const limit = ageLimit(order, requirement, acr)
  if (limit === undefined || isFresh(limit, authentication, context)) {
    return {
      satisfied: true,
      ...(acr === undefined ? {} : { acr }),
      ...(authTime === undefined ? {} : { authTime }),
    }
  }
  const tooOld = (known.length > 0 ? known : [acr ?? '']).map((required): UnmetItem => {
    // Undated or dated ahead: nothing shows that it was ever proved.
    if (
      authTime === undefined ||
      ageSeconds(authTime, context.now, context.clockToleranceSeconds) === undefined
    ) {
      return { acr: required, reason: 'missing' }
    }
    return { acr: required, reason: 'expired', provedAt: authTime, limitSeconds: limit }
  })
  return { satisfied: false, unmet: [...tooOld, ...unknown] }
}

/**
 * The age that the token's proof may have: the least of what is required and what the level it names lasts. Absent: no
 * age was asked, and the order knows no lifetime for the level.
 */
function ageLimit(
  order: LevelOrder,
  requirement: Requirement,
  acr: string | undefined,
): number | undefined {
  const lifetime = acr === undefined ? undefined : order.lifetimeSeconds(acr)
  const limits = [requirement.maxAgeSeconds, lifetime].filter((limit) => limit !== undefined)
  return limits.length === 0 ? undefined : Math.min(...limits)
}

function isFresh(limit: number, authentication: Authentication, context: TokenContext): boolean {
  if (authentication.authTime === undefined) return false
  const age = ageSeconds(authentication.authTime, context.now, context.clockToleranceSeconds)
  if (age === undefined) return false
  if (limit > 0) return age <= limit
  if (authentication.oneShot === true) return true
  return context.oneShotWindowSeconds !== undefined && age <= context.oneShotWindowSeconds
}
