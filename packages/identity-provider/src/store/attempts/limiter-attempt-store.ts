import { RateLimiterRes } from 'rate-limiter-flexible'
import type { EpochSeconds } from '@newel/policy'
import type { AttemptLimit, AttemptStore, CountedFailure } from '../attempt-store.ts'
import { CounterLimiter } from './counter-limiter.ts'
import type { CounterStore } from './counter-store.ts'

const noLimit = Number.MAX_SAFE_INTEGER

/** The rules of `AttemptStore`, by the limiters of the library. */
export function limiterAttemptStore(counters: CounterStore): AttemptStore {
  // Counting, clearing and locking go through one limiter per limit; the documents of a process state a few.
  const limiters = new Map<string, CounterLimiter>()
  function limiterOf({ attempts, windowSeconds }: AttemptLimit): CounterLimiter {
    const name = `${attempts} ${windowSeconds}`
    const known = limiters.get(name)
    if (known !== undefined) return known
    const made = new CounterLimiter(counters, {
      points: attempts,
      durationSeconds: windowSeconds,
    })
    limiters.set(name, made)
    return made
  }
  const locks = new CounterLimiter(counters, {
    keyPrefix: 'locks',
    points: noLimit,
    durationSeconds: 0,
  })

  /** How long this lock is, which is noted for the next one. */
  async function nextLock(key: string, now: EpochSeconds, limit: AttemptLimit): Promise<number> {
    const { lockSeconds, backOff } = limit
    if (backOff === undefined) return lockSeconds
    const before = (await locks.get(key, { now }))?.consumedPoints ?? 0
    const seconds = Math.min(lockSeconds * 2 ** before, backOff.mostSeconds)
    await locks.set(key, before + 1, seconds + backOff.forgetAfterSeconds, { now })
    return seconds
  }

  return {
    async fail(key, now, limit) {
      const limiter = limiterOf(limit)
      try {
        const { consumedPoints } = await limiter.consume(key, 1, { now })
        if (consumedPoints < limit.attempts) return { failures: consumedPoints, counted: true }
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused
        // The limit is reached without a block: one is on its way, or whoever was to set it died.
        if (refused.consumedPoints === limit.attempts + 1) {
          const { msBeforeNext } = await limiter.block(key, limit.lockSeconds, { now })
          return {
            failures: limit.attempts,
            lockedUntil: now + msBeforeNext / 1000,
            counted: false,
          }
        }
        const lockedUntil = now + refused.msBeforeNext / 1000
        return { failures: limit.attempts, lockedUntil, counted: false }
      }
      // This one reached the limit, which the library still lets through.
      const seconds = await nextLock(key, now, limit)
      await limiter.block(key, seconds, { now })
      return { failures: limit.attempts, lockedUntil: now + seconds, counted: true }
    },
    async takeBack(key, now, limit, taken: CountedFailure) {
      if (!taken.counted) return
      if (taken.lockedUntil === undefined) {
        // A lock that others brought about meanwhile stays.
        await limiterOf(limit).reward(key, 1, { now })
        return
      }
      await limiterOf(limit).set(key, limit.attempts - 1, limit.windowSeconds, { now })
      if (limit.backOff !== undefined) await locks.reward(key, 1, { now })
    },
    async state(key, now) {
      const found = await counters.read(key, now)
      if (found === undefined) return { failures: 0 }
      // The library blocks with one point more than the limit.
      if (found.blocked) return { failures: found.points - 1, lockedUntil: found.expiresAt }
      return { failures: found.points }
    },
    async clear(key) {
      await counters.remove(key)
      await locks.delete(key)
    },
    removeExpired: async (now, limit) => counters.removeExpired(now, limit),
  }
}
