import type { EpochSeconds } from '@newel/policy'

/** Numbers per key that end by themselves: what a limiter is kept in. Every method is one atomic step. */
export interface CounterStore {
  /**
   * Adds `points`, which may be negative, to what is counted. Where nothing is, or what was has ended, counting begins anew
   * with them (at least 0) and ends at `expiresAt`. What is blocked stays as it is. Tells what is there then.
   */
  add(key: string, points: number, expiresAt: EpochSeconds, now: EpochSeconds): Promise<Counter>
  /** Puts `points` in place of what is counted, and lifts a block. */
  put(key: string, points: number, expiresAt: EpochSeconds): Promise<Counter>
  /** Blocks with `points` until `expiresAt`. A block that ends later already keeps its end. */
  block(key: string, points: number, expiresAt: EpochSeconds, now: EpochSeconds): Promise<Counter>
  read(key: string, now: EpochSeconds): Promise<Counter | undefined>
  /** False where there was none. */
  remove(key: string): Promise<boolean>
  removeExpired(now: EpochSeconds, limit: number): Promise<number>
}

export interface Counter {
  readonly points: number
  readonly blocked: boolean
  readonly expiresAt: EpochSeconds
}
