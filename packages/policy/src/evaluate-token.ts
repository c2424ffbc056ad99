import { ageSeconds, passedLimit } from './age.ts'
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
    const limits = ageLimits(order, requirement, [acr, required])
    if (!reached || misdated || (limits.length > 0 && age === undefined)) {
      unmet.push(item('missing'))
      continue
    }
    const passed = passedLimit(limits, age ?? 0, isOneShot(authentication, age, context))
    if (passed === undefined) {
      return {
        satisfied: true,
        ...(acr === undefined ? {} : { acr }),
        ...(authTime === undefined ? {} : { authTime }),
      }
    }
    unmet.push({
      ...item('expired'),
      ...(authTime === undefined ? {} : { provedAt: authTime }),
      limitSeconds: passed,
    })
  }
  return { satisfied: false, unmet }
}

/**
 * What limits the age of the token's proof: the age asked, and the lifetimes both of the level that the token names and
 * of the one asked, so that a one-shot level is not met by a lasting one above it.
 */
function ageLimits(
  order: LevelOrder,
  requirement: Requirement,
  acrs: readonly (string | undefined)[],
): readonly number[] {
  const lifetimes = acrs.map((acr) => (acr === undefined ? undefined : order.lifetimeSeconds(acr)))
  return [requirement.maxAgeSeconds, ...lifetimes].filter((limit) => limit !== undefined)
}

function isOneShot(
  { oneShot }: Authentication,
  age: number | undefined,
  { oneShotWindowSeconds }: TokenContext,
): boolean {
  if (oneShot === true) return true
  return oneShotWindowSeconds !== undefined && age !== undefined && age <= oneShotWindowSeconds
}

function ageIn(context: TokenContext, at: EpochSeconds): number | undefined {
  return ageSeconds(at, context.now, context.clockToleranceSeconds)
}
