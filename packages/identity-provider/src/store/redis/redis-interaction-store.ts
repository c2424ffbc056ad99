import { interactionPlace } from '../../secrets/sealed-places.ts'
import { StoreError } from '../store-error.ts'
import type { InteractionState, InteractionStore } from '../interaction-store.ts'
import type { SealedRecords } from '../sealed-records.ts'
import { removeExpiredKeys, removeKey } from './expiring-keys.ts'
import { bytesOf, textOf } from './sealed-text.ts'
import type { RedisConnection } from './redis-connection.ts'

const index = 'expiry:interaction'

const createScript = `
if redis.call('exists', KEYS[1]) == 1 then return 0 end
redis.call('hset', KEYS[1], 'version', ARGV[2], 'state', ARGV[3], 'expires', ARGV[4])
redis.call('zadd', KEYS[2], ARGV[4], KEYS[1])
return 1`

const readScript = `
local row = redis.call('hmget', KEYS[1], 'state', 'version', 'expires')
if not row[1] or tonumber(row[3]) <= tonumber(ARGV[2]) then return false end
return {row[1], row[2]}`

const updateScript = `
if redis.call('hget', KEYS[1], 'version') ~= ARGV[2] then return 0 end
redis.call('hset', KEYS[1], 'version', ARGV[3], 'state', ARGV[4])
return 1`

export function redisInteractionStore(
  connection: RedisConnection,
  records: SealedRecords,
): InteractionStore {
  const sealedText = (id: string, state: InteractionState): string =>
    textOf(records.seal(state, interactionPlace(id)))
  return {
    async create(state, expiresAt) {
      const values = [state.version, sealedText(state.id, state), expiresAt]
      const made = await connection.run(createScript, [keyOf(state.id), index], values)
      if (made !== 1) throw new StoreError('store_conflict', 'the interaction id is taken')
    },
    async read(id, now) {
      const row = await connection.run(readScript, [keyOf(id)], [now])
      if (!Array.isArray(row)) return undefined
      const [sealed, version] = row as [string, string]
      const opened = records.open(bytesOf(sealed), interactionPlace(id))
      const state = opened as InteractionState | undefined
      return state && { ...state, id, version: Number(version) }
    },
    async update(id, expectedVersion, state) {
      const values = [expectedVersion, expectedVersion + 1, sealedText(id, state)]
      return (await connection.run(updateScript, [keyOf(id)], values)) === 1
    },
    async remove(id) {
      await removeKey(connection, index, keyOf(id))
    },
    removeExpired: async (now, limit) => removeExpiredKeys(connection, index, now, limit),
  }
}

function keyOf(id: string): string {
  return `interaction:${id}`
}
