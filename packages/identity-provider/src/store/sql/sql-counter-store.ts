import { sql } from 'kysely'
import type { EpochSeconds } from '@newel/policy'
import type { Counter, CounterStore } from '../attempts/counter-store.ts'
import { StoreError } from '../store-error.ts'
import { Query } from './query.ts'
import type { SqlConnection } from './sql-connection.ts'
import type { Schema, Tables } from './schema.ts'

type CounterRow = Omit<Schema['attempt'], 'key'>

/** Every change is one statement that also tells what came of it: nothing can come between, on whatever node. */
export function sqlCounterStore(connection: SqlConnection, db: Tables): CounterStore {
  const columns = ['points', 'blocked', 'expires_at'] as const
  const read = new Query<{ key: string; now: EpochSeconds }, CounterRow>(connection, (p) =>
    db
      .selectFrom('attempt')
      .select(columns)
      .where('key', '=', p('key'))
      .where('expires_at', '>', p('now')),
  )
  const add = new Query<AddArgs, CounterRow>(connection, (p) => {
    const over = sql<boolean>`attempt.expires_at <= ${p('now')} or attempt.points <= 0`
    return db
      .insertInto('attempt')
      .values({ key: p('key'), points: p('first'), blocked: 0, expires_at: p('expiresAt') })
      .onConflict((conflict) =>
        conflict.column('key').doUpdateSet({
          points: sql<number>`case when ${over} then excluded.points
            when attempt.blocked = 1 then attempt.points
            else attempt.points + ${p('points')} end`,
          blocked: sql<number>`case when ${over} then 0 else attempt.blocked end`,
          expires_at: sql<number>`case when ${over} then excluded.expires_at
            else attempt.expires_at end`,
        }),
      )
      .returning(columns)
  })
  const put = new Query<Omit<AddArgs, 'first' | 'now'>, CounterRow>(connection, (p) =>
    db
      .insertInto('attempt')
      .values({ key: p('key'), points: p('points'), blocked: 0, expires_at: p('expiresAt') })
      .onConflict((conflict) =>
        conflict.column('key').doUpdateSet((eb) => ({
          points: eb.ref('excluded.points'),
          blocked: eb.ref('excluded.blocked'),
          expires_at: eb.ref('excluded.expires_at'),
        })),
      )
      .returning(columns),
  )
  const block = new Query<Omit<AddArgs, 'first' | 'now'>, CounterRow>(connection, (p) =>
    db
      .insertInto('attempt')
      .values({ key: p('key'), points: p('points'), blocked: 1, expires_at: p('expiresAt') })
      .onConflict((conflict) =>
        conflict.column('key').doUpdateSet((eb) => ({
          points: eb.ref('excluded.points'),
          blocked: eb.ref('excluded.blocked'),
          // One that is over ended before this one can.
          expires_at: sql<number>`case
            when attempt.blocked = 1 and attempt.expires_at > excluded.expires_at
            then attempt.expires_at else excluded.expires_at end`,
        })),
      )
      .returning(columns),
  )
  const remove = new Query<{ key: string }, unknown>(connection, (p) =>
    db.deleteFrom('attempt').where('key', '=', p('key')),
  )
  const removeExpired = new Query<{ now: EpochSeconds; limit: number }, unknown>(connection, (p) =>
    db
      .deleteFrom('attempt')
      .where('key', 'in', (eb) =>
        eb
          .selectFrom('attempt')
          .select('key')
          .where('expires_at', '<=', p('now'))
          .orderBy('expires_at')
          .limit(p('limit')),
      ),
  )

  return {
    async add(key, points, expiresAt, now) {
      const first = Math.max(0, points)
      return written(await add.all({ key, points, first, expiresAt, now }))
    },
    async put(key, points, expiresAt) {
      return written(await put.all({ key, points, expiresAt }))
    },
    async block(key, points, expiresAt) {
      return written(await block.all({ key, points, expiresAt }))
    },
    async read(key, now) {
      const row = await read.first({ key, now })
      return row && counterOf(row)
    },
    async remove(key) {
      return (await remove.run({ key })) === 1
    },
    async removeExpired(now, limit) {
      return removeExpired.run({ now, limit })
    },
  }
}

interface AddArgs {
  key: string
  points: number
  /** What counting begins with. */
  first: number
  expiresAt: EpochSeconds
  now: EpochSeconds
}

function written(rows: readonly CounterRow[]): Counter {
  const [row] = rows
  if (row) return counterOf(row)
  throw new StoreError('store_corrupt', 'a count was written and is not there')
}

function counterOf({ points, blocked, expires_at: expiresAt }: CounterRow): Counter {
  return { points, blocked: blocked === 1, expiresAt }
}
