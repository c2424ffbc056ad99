import { countFailure, countedFailure, lockState } from '../count-failure.ts'
import type { AttemptCount } from '../count-failure.ts'
import { StoreError } from '../store-error.ts'
import type { AttemptStore } from '../store.ts'
import { removeExpiredKeys, removeKey } from './expiring-keys.ts'
import type { RedisConnection } from './redis-connection.ts'

const index = 'expiry:attempt'

/** Every lost round is a failure that another caller counted, so a limit of attempts ends the rounds long before. */
const mostRounds = 1000

const findScript = `return redis.call('hget', KEYS[1], 'count')`

const replaceScript = `
if (redis.call('hget', KEYS[1], 'count') or '') ~= ARGV[2] then return 0 end
redis.call('hset', KEYS[1], 'count', ARGV[3])
redis.call('zadd', KEYS[2], ARGV[4], KEYS[1])
return 1`

export function redisAttemptStore(connection: RedisConnection): AttemptStore {
  const find = async (key: string): Promise<string> => {
    const found = await connection.run(findScript, [keyOf(key)], [])
    return typeof found === 'string' ? found : ''
  }
  return {
    async fail(key, now, limit) {
      for (let round = 0; round < mostRounds; round++) {
        const stored = await find(key)
        const before = countOf(stored)
        if (before && lockState(before, now).lockedUntil !== undefined) {
          return countedFailure(before, now, false)
        }
        const count = countFailure(before, now, limit)
        const values = [stored, JSON.stringify(count), count.lockedUntil ?? count.windowEndsAt]
        const replaced = await connection.run(replaceScript, [keyOf(key), index], values)
        if (replaced === 1) return countedFailure(count, now, true)
      }
      throw new StoreError('store_locked', 'others count failures of the same key without a pause')
    },
    state: async (key, now) => lockState(countOf(await find(key)), now),
    clear: async (key) => removeKey(connection, index, keyOf(key)),
    removeExpired: async (now, limit) => removeExpiredKeys(connection, index, now, limit),
  }
}

function keyOf(key: string): string {
  return `attempt:${key}`
}

function countOf(stored: string): AttemptCount | undefined {
  return stored === '' ? undefined : (JSON.parse(stored) as AttemptCount)
}
