import { interactionPlace } from '../../secrets/sealed-places.ts'
import type { EpochSeconds } from '@newel/policy'
import type { InteractionState, InteractionStore } from '../interaction-store.ts'
import type { SealedRecords } from '../sealed-records.ts'
import { Query } from './query.ts'
import type { SqlConnection } from './sql-connection.ts'
import type { Schema, Tables } from './schema.ts'

export function sqlInteractionStore(
  connection: SqlConnection,
  db: Tables,
  records: SealedRecords,
): InteractionStore {
  const insert = new Query<Schema['interaction'], unknown>(connection, (p) =>
    db.insertInto('interaction').values({
      id: p('id'),
      version: p('version'),
      state: p('state'),
      expires_at: p('expires_at'),
    }),
  )
  const read = new Query<
    { id: string; now: EpochSeconds },
    Pick<Schema['interaction'], 'version' | 'state'>
  >(connection, (p) =>
    db
      .selectFrom('interaction')
      .select(['version', 'state'])
      .where('id', '=', p('id'))
      .where('expires_at', '>', p('now')),
  )
  const update = new Query<
    { id: string; expected: number; version: number; state: Uint8Array },
    unknown
  >(connection, (p) =>
    db
      .updateTable('interaction')
      .set({ version: p('version'), state: p('state') })
      .where('id', '=', p('id'))
      .where('version', '=', p('expected')),
  )
  const remove = new Query<{ id: string }, unknown>(connection, (p) =>
    db.deleteFrom('interaction').where('id', '=', p('id')),
  )
  const removeExpired = new Query<{ now: EpochSeconds; limit: number }, unknown>(connection, (p) =>
    db
      .deleteFrom('interaction')
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('interaction')
          .select('id')
          .where('expires_at', '<=', p('now'))
          .orderBy('expires_at')
          .limit(p('limit')),
      ),
  )

  return {
    async create(state, expiresAt) {
      await insert.run({
        id: state.id,
        version: state.version,
        state: records.seal(state, interactionPlace(state.id)),
        expires_at: expiresAt,
      })
    },
    async read(id, now) {
      const row = await read.first({ id, now })
      if (!row) return undefined
      const state = records.open(row.state, interactionPlace(id)) as InteractionState | undefined
      return state && { ...state, id, version: row.version }
    },
    async update(id, expectedVersion, state) {
      const version = expectedVersion + 1
      return (
        (await update.run({
          id,
          expected: expectedVersion,
          version,
          state: records.seal(state, interactionPlace(id)),
        })) === 1
      )
    },
    async remove(id) {
      await remove.run({ id })
    },
    async removeExpired(now, limit) {
      return removeExpired.run({ now, limit })
    },
  }
}
