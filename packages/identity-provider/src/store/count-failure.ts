import type { EpochSeconds } from '@newel/policy'
import type { AttemptLimit, CountedFailure, LockState } from './store.ts'

/** What is kept per key. */
export interface AttemptCount {
  readonly failures: number
  readonly windowEndsAt: EpochSeconds
  readonly lockedUntil: EpochSeconds | null
}

/** The arithmetic of `AttemptStore.fail`, apart from where the numbers are kept. */
export function countFailure(
  before: AttemptCount | undefined,
  now: EpochSeconds,
  limit: AttemptLimit,
): AttemptCount {
  const { failures } = lockState(before, now)
  const counted = failures + 1
  return {
    failures: counted,
    windowEndsAt: before && failures > 0 ? before.windowEndsAt : now + limit.windowSeconds,
    lockedUntil: counted >= limit.attempts ? now + limit.lockSeconds : null,
  }
}

/** A window or a lock ends in the second that it names; after a lock nothing is held against the key. */
export function lockState(count: AttemptCount | undefined, now: EpochSeconds): LockState {
  if (!count) return { failures: 0 }
  const { failures, lockedUntil, windowEndsAt } = count
  if (lockedUntil !== null) return lockedUntil > now ? { failures, lockedUntil } : { failures: 0 }
  return { failures: windowEndsAt > now ? failures : 0 }
}

/** `count` and whether this failure went into it. */
export function countedFailure(
  count: AttemptCount,
  now: EpochSeconds,
  counted: boolean,
): CountedFailure {
  return { ...lockState(count, now), counted }
}
