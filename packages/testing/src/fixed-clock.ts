import type { EpochSeconds } from '@newel/policy'

/** A clock that stands still until it is told otherwise. */
export interface FixedClock {
  now(): EpochSeconds
  advance(seconds: number): void
  set(now: EpochSeconds): void
}

/** Starts at a round second that is easy to recognise, unless told otherwise. */
export function fixedClock(start: EpochSeconds = 1_800_000_000): FixedClock {
  let now = start
  return {
    now: () => now,
    advance(seconds) {
      now += seconds
    },
    set(time) {
      now = time
    },
  }
}
