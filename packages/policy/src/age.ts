import type { EpochSeconds } from './level.ts'
import { clockToleranceSeconds } from './tolerance.ts'

/**
 * Seconds since `at`. `0` where `at` is ahead by no more than the tolerance; `undefined` where it is further ahead or no
 * time at all, so that nothing can be concluded from it.
 */
export function ageSeconds(
  at: EpochSeconds,
  now: EpochSeconds,
  tolerance: number = clockToleranceSeconds,
): number | undefined {
  if (!Number.isFinite(at) || at < 0) return undefined
  const age = now - at
  if (age >= 0) return age
  return -age <= tolerance ? 0 : undefined
}

/**
 * The limit, in seconds, that a proof has passed; `undefined` where it keeps to all of them. Limit 0 asks for a proof of the
 * request at hand and sets no age, so that a slow request is not refused what it has just proved; the others bind beside
 * it, and an absent one binds nothing. Exactly as old as the limit is still fresh (OIDC Core §3.1.2.1).
 */
export function passedLimit(
  limits: readonly (number | undefined)[],
  age: number,
  ofRequest: boolean,
): number | undefined {
  let oldest = Number.POSITIVE_INFINITY
  for (const limit of limits) {
    if (limit === undefined) continue
    if (limit !== 0) oldest = Math.min(oldest, limit)
    else if (!ofRequest) return 0
  }
  return age <= oldest ? undefined : oldest
}
