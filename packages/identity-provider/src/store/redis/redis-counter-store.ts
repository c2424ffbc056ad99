import type { Counter, CounterStore } from '../attempts/counter-store.ts'
import { StoreError } from '../store-error.ts'
import { removeExpiredKeys, removeKey } from './expiring-keys.ts'
import type { RedisConnection } from './redis-connection.ts'

const index = 'expiry:attempt'

const readScript = `
local row = redis.call('hmget', KEYS[1], 'points', 'blocked', 'expires')
if not row[1] or tonumber(row[3]) <= tonumber(ARGV[2]) then return false end
return row`

const addScript = `
local now, points, expires = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local row = redis.call('hmget', KEYS[1], 'points', 'blocked', 'expires')
local counted, blocked = 0, '0'
if row[1] and tonumber(row[3]) > now and tonumber(row[1]) > 0 then
  counted, blocked, expires = tonumber(row[1]), row[2], row[3]
end
if blocked == '0' then counted = math.max(counted + points, 0) end
redis.call('hset', KEYS[1], 'points', counted, 'blocked', blocked, 'expires', expires)
redis.call('zadd', KEYS[2], expires, KEYS[1])
return {tostring(counted), blocked, expires}`

const putScript = `
local points, blocked, expires = ARGV[2], ARGV[3], ARGV[4]
if blocked == '1' then
  local row = redis.call('hmget', KEYS[1], 'blocked', 'expires')
  if row[1] == '1' and tonumber(row[2]) > tonumber(expires) then expires = row[2] end
end
redis.call('hset', KEYS[1], 'points', points, 'blocked', blocked, 'expires', expires)
redis.call('zadd', KEYS[2], expires, KEYS[1])
return {points, blocked, expires}`

export function redisCounterStore(connection: RedisConnection): CounterStore {
  const write = async (
    script: string,
    key: string,
    values: readonly (string | number)[],
  ): Promise<Counter> => {
    const counter = counterOf(await connection.run(script, [keyOf(key), index], values))
    if (counter !== undefined) return counter
    throw new StoreError('store_corrupt', 'a count was written and is not there')
  }
  return {
    add: async (key, points, expiresAt, now) => write(addScript, key, [now, points, expiresAt]),
    put: async (key, points, expiresAt) => write(putScript, key, [points, 0, expiresAt]),
    block: async (key, points, expiresAt) => write(putScript, key, [points, 1, expiresAt]),
    read: async (key, now) => counterOf(await connection.run(readScript, [keyOf(key)], [now])),
    remove: async (key) => removeKey(connection, index, keyOf(key)),
    removeExpired: async (now, limit) => removeExpiredKeys(connection, index, now, limit),
  }
}

/** Another name than that of the counts of before, which held other fields. */
function keyOf(key: string): string {
  return `counter:${key}`
}

function counterOf(row: unknown): Counter | undefined {
  if (!Array.isArray(row)) return undefined
  const [points, blocked, expiresAt] = row as [string, string, string]
  return { points: Number(points), blocked: blocked === '1', expiresAt: Number(expiresAt) }
}
