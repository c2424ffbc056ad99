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
  const age = authTime === undefined ? undefined : ageIn(context, authTime)
  const misdated = authTime !== undefined && age === undefined
  // A requirement that names no level is met by whatever level the token names, or by none.
  const asked = requirement.acrValues.length > 0 ? requirement.acrValues : [undefined]
  const unmet: UnmetItem[] = []
  for (const required of asked) {
    const item = (reason: UnmetItem['reason']): UnmetItem => ({
      acr: required ?? acr ?? '',
      reason,
    })
    if (required !== undefined && !order.has(required)) {
      unmet.push(item('unknown'))
      continue
    }
    const reached = required === undefined || (acr !== undefined && order.satisfies(acr, required))
    const limit = ageLimit(order, requirement, [acr, required])
    if (!reached || misdated || (limit !== undefined && age === undefined)) {
      unmet.push(item('missing'))
    } else if (limit === undefined || isFresh(limit, age ?? 0, authentication, context)) {
      return {
        satisfied: true,
        ...(acr === undefined ? {} : { acr }),
        ...(authTime === undefined ? {} : { authTime }),
      }
    } else {
      unmet.push({
        ...item('expired'),
        ...(authTime === undefined ? {} : { provedAt: authTime }),
        limitSeconds: limit,
      })
    }
  }
  return { satisfied: false, unmet }
}

/**
 * The age that the token's proof may have: the least of what is required and what the levels last, both the one that
 * the token names and the one asked, so that a one-shot level is not met by a lasting one above it. Absent: no age was
 * asked, and the order knows no lifetime.
 */
function ageLimit(
  order: LevelOrder,
  requirement: Requirement,
  acrs: readonly (string | undefined)[],
): number | undefined {
  const lifetimes = acrs.map((acr) => (acr === undefined ? undefined : order.lifetimeSeconds(acr)))
  const limits = [requirement.maxAgeSeconds, ...lifetimes].filter((limit) => limit !== undefined)
  return limits.length === 0 ? undefined : Math.min(...limits)
}

function isFresh(
  limit: number,
  age: number,
  authentication: Authentication,
  context: TokenContext,
): boolean {
  if (limit > 0) return age <= limit
  if (authentication.oneShot === true) return true
  return context.oneShotWindowSeconds !== undefined && age <= context.oneShotWindowSeconds
}

function ageIn(context: TokenContext, at: EpochSeconds): number | undefined {
  return ageSeconds(at, context.now, context.clockToleranceSeconds)
}
