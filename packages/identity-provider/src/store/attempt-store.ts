import type { EpochSeconds } from '@newel/policy'

/** Counts wrong answers per key (the caller composes keys of account, method, address). */
export interface AttemptStore {
  /**
   * Counts one failure and locks at the limit. While locked nothing is counted and the lock is not prolonged, so that a
   * stranger cannot keep a person out for ever. A window starts with its first failure; after a lock counting starts anew.
   *
   * To be safe against guesses in parallel, call it *before* verifying, refuse where `counted` is false, and `clear`
   * after a right answer.
   */
  fail(key: string, now: EpochSeconds, limit: AttemptLimit): Promise<CountedFailure>
  /**
   * What was counted was no failure: it counts no more, and where it locked the key the lock is lifted. A lock that another
   * failure brought about stays. `taken` is what `fail` told; where it did not count there is nothing to take back.
   */
  takeBack(
    key: string,
    now: EpochSeconds,
    limit: AttemptLimit,
    taken: CountedFailure,
  ): Promise<void>
  state(key: string, now: EpochSeconds): Promise<LockState>
  /** Forgets the failures, a lock, and the locks before it. */
  clear(key: string): Promise<void>
  removeExpired(now: EpochSeconds, limit: number): Promise<number>
}

export interface AttemptLimit {
  /** Failures older than this no longer count. */
  readonly windowSeconds: number
  /** The failure with this number locks. At least 1. */
  readonly attempts: number
  readonly lockSeconds: number
  /** Absent: every lock is as long as the first. */
  readonly backOff?: LockBackOff
}

/** Each further lock of a key is twice as long as the one before. */
export interface LockBackOff {
  /** The longest lock. */
  readonly mostSeconds: number
  /** How long after the end of a lock it still makes the next one longer. */
  readonly forgetAfterSeconds: number
}

export interface LockState {
  /** Present while locked: the first second in which answers are taken again. */
  readonly lockedUntil?: EpochSeconds
  /** In the present window. */
  readonly failures: number
}

export interface CountedFailure extends LockState {
  /** False where the key was locked before this call. */
  readonly counted: boolean
}
