import type { EpochSeconds } from '@newel/policy'
import type { RedisConnection } from './redis-connection.ts'

/**
 * Everything that is kept here is a hash with the second in which it is gone, beside a sorted set of those seconds. The
 * server's own expiry goes by the server's clock; the store's promise goes by the caller's `now`.
 */
const removeExpiredScript = `
local gone = redis.call('zrangebyscore', KEYS[1], '-inf', ARGV[2], 'limit', 0, ARGV[3])
for _, key in ipairs(gone) do
  local grant = redis.call('hget', key, 'grant')
  if grant then redis.call('srem', grant, key) end
  redis.call('unlink', key)
  redis.call('zrem', KEYS[1], key)
end
return #gone`

const removeScript = `
local grant = redis.call('hget', KEYS[1], 'grant')
if grant then redis.call('srem', grant, KEYS[1]) end
redis.call('zrem', KEYS[2], KEYS[1])
return redis.call('unlink', KEYS[1])`

/** Removes at most `limit` of what expired in `index`; tells how many. */
export async function removeExpiredKeys(
  connection: RedisConnection,
  index: string,
  now: EpochSeconds,
  limit: number,
): Promise<number> {
  return Number(await connection.run(removeExpiredScript, [index], [now, limit]))
}

/** False where there was none. */
export async function removeKey(
  connection: RedisConnection,
  index: string,
  key: string,
): Promise<boolean> {
  return (await connection.run(removeScript, [key, index], [])) === 1
}
