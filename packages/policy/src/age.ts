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
