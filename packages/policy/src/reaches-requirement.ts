import type { Authentication } from './decision.ts'
import type { EpochSeconds } from './level.ts'
import type { JudgingOrder } from './level-order.ts'
import type { Requirement } from './requirement.ts'

/** By what a page judges. */
export interface JudgingRules {
  readonly order: JudgingOrder
  /** How far ahead `auth_time` may be, in seconds. */
  readonly clockToleranceSeconds: number
}

/**
 * Whether a token states what is asked: the decision of `evaluateToken` without its reasons, for a page, which forecasts
 * what the API decides and pays for every byte. The requirement asks a level or an age. `oneShotWindowSeconds`: how old a
 * proof may be to count as made for the request. Absent: only its own mark counts.
 */
export function reachesRequirement(
  { acrValues, maxAgeSeconds }: Requirement,
  { acr, authTime = NaN, oneShot = false }: Authentication,
  now: EpochSeconds,
  { order, clockToleranceSeconds }: JudgingRules,
  oneShotWindowSeconds = NaN,
): boolean {
  const age = now - authTime
  const isDated = authTime >= 0 && -age <= clockToleranceSeconds
  const keeps = (limit: number | undefined) =>
    limit === undefined ||
    (isDated && (limit === 0 ? oneShot || age <= oneShotWindowSeconds : age <= limit))
  // The level asked limits the age beside the level named, so that a one-shot level is not met by a lasting one above it.
  const keepsLifetimeOf = (level: string) => keeps(order.lifetimeSeconds(level))
  return (
    keeps(maxAgeSeconds) &&
    (acr === undefined || keepsLifetimeOf(acr)) &&
    (acrValues.length === 0 ||
      acrValues.some(
        (required) =>
          acr !== undefined &&
          order.has(required) &&
          order.satisfies(acr, required) &&
          keepsLifetimeOf(required),
      ))
  )
}
