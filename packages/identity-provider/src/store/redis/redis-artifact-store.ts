import { artifactPlace } from '../../secrets/sealed-places.ts'
import type { ArtifactStore } from '../artifact-store.ts'
import type { SealedRecords } from '../sealed-records.ts'
import { removeExpiredKeys, removeKey } from './expiring-keys.ts'
import { bytesOf, textOf } from './sealed-text.ts'
import type { RedisConnection } from './redis-connection.ts'

/**
 * What lives for minutes and is looked up by its id alone. Losing one costs a person another try; sessions, consent grants
 * and refresh tokens must last, and stay in the database.
 */
const expiringModels = new Set([
  'AuthorizationCode',
  'DevicePoll',
  'Interaction',
  'MailedCode',
  'PostedRequest',
  'ReplayDetection',
])

const index = 'expiry:artifact'

const upsertScript = `
if redis.call('hexists', KEYS[1], 'consumed') == 1 then return 0 end
local before = redis.call('hget', KEYS[1], 'grant')
if before then redis.call('srem', before, KEYS[1]) end
redis.call('hdel', KEYS[1], 'grant', 'expires')
redis.call('hset', KEYS[1], 'payload', ARGV[2])
if ARGV[3] == '' then
  redis.call('zrem', KEYS[2], KEYS[1])
else
  redis.call('hset', KEYS[1], 'expires', ARGV[3])
  redis.call('zadd', KEYS[2], ARGV[3], KEYS[1])
end
if ARGV[4] ~= '' then
  local grant = ARGV[1] .. ARGV[4]
  redis.call('hset', KEYS[1], 'grant', grant)
  redis.call('sadd', grant, KEYS[1])
end
return 1`

const findScript = `
local row = redis.call('hmget', KEYS[1], 'payload', 'expires', 'consumed')
if not row[1] then return false end
if row[2] and tonumber(row[2]) <= tonumber(ARGV[2]) then return false end
return {row[1], row[3] or ''}`

const consumeScript = `
local row = redis.call('hmget', KEYS[1], 'payload', 'expires', 'consumed')
if not row[1] or row[3] then return 0 end
if row[2] and tonumber(row[2]) <= tonumber(ARGV[2]) then return 0 end
redis.call('hset', KEYS[1], 'consumed', ARGV[2])
if ARGV[3] ~= '' then
  redis.call('hset', KEYS[1], 'expires', ARGV[3])
  redis.call('zadd', KEYS[2], ARGV[3], KEYS[1])
end
return 1`

const revokeScript = `
for _, key in ipairs(redis.call('smembers', KEYS[1])) do
  redis.call('unlink', key)
  redis.call('zrem', KEYS[2], key)
end
redis.call('unlink', KEYS[1])`

/** Keeps the expiring models in Redis and leaves the others to `durable`. */
export function redisArtifactStore(
  connection: RedisConnection,
  records: SealedRecords,
  durable: ArtifactStore,
): ArtifactStore {
  const keyOf = (model: string, id: string): string =>
    `artifact:${model}:${records.digest(model, id)}`
  const grantKey = (grantId: string): string => `grant:${records.digest('grant', grantId)}`
  return {
    async upsert(model, id, payload, expiresAt) {
      if (!expiringModels.has(model)) return durable.upsert(model, id, payload, expiresAt)
      const grantId = model === 'AuthorizationCode' ? payload['grantId'] : undefined
      const digest = records.digest(model, id)
      const written = await connection.run(
        upsertScript,
        [keyOf(model, id), index],
        [
          textOf(records.seal(payload, artifactPlace(model, digest))),
          expiresAt ?? '',
          typeof grantId === 'string' ? grantKey(grantId) : '',
        ],
      )
      return written === 1
    },
    // What is made once and for ever must last, whatever its model.
    createOnce: async (model, id, payload) => durable.createOnce(model, id, payload),
    async find(model, id, now) {
      if (!expiringModels.has(model)) return durable.find(model, id, now)
      const row = await connection.run(findScript, [keyOf(model, id)], [now])
      if (!Array.isArray(row)) return undefined
      const [sealed, consumed] = row as [string, string]
      const place = artifactPlace(model, records.digest(model, id))
      const payload = records.open(bytesOf(sealed), place)
      if (payload === undefined) return undefined
      return consumed === '' ? { payload } : { payload, consumedAt: Number(consumed) }
    },
    // Sessions have a uid and device codes a user code; no expiring model is looked up by either.
    findByUid: async (model, uid, now) => durable.findByUid(model, uid, now),
    findByUserCode: async (model, userCode, now) => durable.findByUserCode(model, userCode, now),
    async consume(model, id, now, keepUntil) {
      if (!expiringModels.has(model)) return durable.consume(model, id, now, keepUntil)
      const used = await connection.run(
        consumeScript,
        [keyOf(model, id), index],
        [now, keepUntil ?? ''],
      )
      return used === 1
    },
    async destroy(model, id) {
      if (!expiringModels.has(model)) return durable.destroy(model, id)
      await removeKey(connection, index, keyOf(model, id))
    },
    async revokeByGrantId(grantId) {
      // Codes first: none is left then to make a token that the second step would miss.
      await connection.run(revokeScript, [grantKey(grantId), index], [])
      await durable.revokeByGrantId(grantId)
    },
    async removeExpired(now, limit) {
      const here = await removeExpiredKeys(connection, index, now, limit)
      return here < limit ? here + (await durable.removeExpired(now, limit - here)) : here
    },
  }
}
