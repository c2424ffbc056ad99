// A module of types has nothing to import, and without it the sources do not compile for those who read them as they are.
// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="./rate-limiter-store-abstract.d.ts" />
import { RateLimiterRes } from 'rate-limiter-flexible'
import RateLimiterStoreAbstract from 'rate-limiter-flexible/lib/RateLimiterStoreAbstract.js'
import type { EpochSeconds } from '@newel/policy'
import type { Counter, CounterStore } from './counter-store.ts'

/** What the library hands through to the store: the time, which it would else read by itself. */
export interface LimiterTime {
  readonly now: EpochSeconds
}

interface Stored {
  readonly counter: Counter
  readonly now: EpochSeconds
}

/**
 * `rate-limiter-flexible` over our own counters. The library decides what is too much and when to block; the methods with a
 * leading `_` are those that it asks every store for. Its stores of databases are not used: they read their own clock, make
 * their own tables, and let a reward lift a block.
 */
export class CounterLimiter extends RateLimiterStoreAbstract {
  readonly #counters: CounterStore

  constructor(
    counters: CounterStore,
    limit: {
      readonly points: number
      readonly durationSeconds: number
      /** What the names of its keys begin with. Absent: nothing. */
      readonly keyPrefix?: string
    },
  ) {
    super({
      storeClient: counters,
      keyPrefix: limit.keyPrefix ?? '',
      points: limit.points,
      duration: limit.durationSeconds,
      // Its own block after too many would read the clock: whoever uses this blocks by `block`.
      blockDuration: 0,
    })
    this.#counters = counters
  }

  async _upsert(
    key: string,
    points: number,
    milliseconds: number,
    replace: boolean,
    { now }: LimiterTime,
  ): Promise<Stored> {
    const expiresAt = now + milliseconds / 1000
    if (!replace) return { counter: await this.#counters.add(key, points, expiresAt, now), now }
    const blocks = points > this.points
    const counter = blocks
      ? await this.#counters.block(key, points, expiresAt, now)
      : await this.#counters.put(key, points, expiresAt)
    return { counter, now }
  }

  async _get(key: string, { now }: LimiterTime): Promise<Stored | null> {
    const counter = await this.#counters.read(key, now)
    return counter === undefined ? null : { counter, now }
  }

  async _delete(key: string): Promise<boolean> {
    return this.#counters.remove(key)
  }

  _getRateLimiterRes(_key: string, added: number, { counter, now }: Stored): RateLimiterRes {
    const { points, blocked, expiresAt } = counter
    // Nothing is added while blocked; told as if it were, so that the first point too many is told from those after a block.
    const consumed = blocked ? points + added : points
    const left = Math.max(0, this.points - consumed)
    return new RateLimiterRes(left, (expiresAt - now) * 1000, consumed, consumed === added)
  }
}
