import type { EpochSeconds } from '@newel/policy'
import type { InteractionState, InteractionStore } from '../store.ts'
import { Query } from './query.ts'
import type { SqlConnection } from './sql-connection.ts'
import type { Schema, Tables } from './schema.ts'

export function sqlInteractionStore(connection: SqlConnection, db: Tables): InteractionStore {
  const insert = new Query<Schema['interaction'], unknown>(connection, (p) =>
    db.insertInto('interaction').values({
      id: p('id'),
      version: p('version'),
      state_json: p('state_json'),
      expires_at: p('expires_at'),
    }),
  )
  const read = new Query<
    { id: string; now: EpochSeconds },
    Pick<Schema['interaction'], 'version' | 'state_json'>
  >(connection, (p) =>
    db
      .selectFrom('interaction')
      .select(['version', 'state_json'])
      .where('id', '=', p('id'))
      .where('expires_at', '>', p('now')),
  )
  const update = new Query<
    { id: string; expected: number; version: number; stateJson: string },
    unknown
  >(connection, (p) =>
    db
      .updateTable('interaction')
      .set({ version: p('version'), state_json: p('stateJson') })
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
        state_json: JSON.stringify(state),
        expires_at: expiresAt,
      })
    },
    async read(id, now) {
      const row = await read.first({ id, now })
      if (!row) return undefined
      const state = JSON.parse(row.state_json) as InteractionState
      return { ...state, id, version: row.version }
    },
    async update(id, expectedVersion, state) {
      const version = expectedVersion + 1
      return (
        (await update.run({
          id,
          expected: expectedVersion,
          version,
          stateJson: JSON.stringify(state),
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
