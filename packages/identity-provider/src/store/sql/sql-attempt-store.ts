import type { EpochSeconds } from '@newel/policy'
import { countFailure, countedFailure, lockState } from '../count-failure.ts'
import type { AttemptCount } from '../count-failure.ts'
import type { AttemptStore } from '../store.ts'
import { Query } from './query.ts'
import type { SqlConnection } from './sql-connection.ts'
import type { Schema, Tables } from './schema.ts'

type AttemptRow = Schema['attempt']

export function sqlAttemptStore(connection: SqlConnection, db: Tables): AttemptStore {
  const find = new Query<{ key: string }, AttemptRow>(connection, (p) =>
    db.selectFrom('attempt').selectAll().where('key', '=', p('key')),
  )
  const put = new Query<AttemptRow, unknown>(connection, (p) =>
    db
      .insertInto('attempt')
      .values({
        key: p('key'),
        failures: p('failures'),
        window_ends_at: p('window_ends_at'),
        locked_until: p('locked_until'),
        expires_at: p('expires_at'),
      })
      .onConflict((conflict) =>
        conflict.column('key').doUpdateSet((eb) => ({
          failures: eb.ref('excluded.failures'),
          window_ends_at: eb.ref('excluded.window_ends_at'),
          locked_until: eb.ref('excluded.locked_until'),
          expires_at: eb.ref('excluded.expires_at'),
        })),
      ),
  )
  const clear = new Query<{ key: string }, unknown>(connection, (p) =>
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
    async fail(key, now, limit) {
      return connection.transaction(`attempt ${key}`, async () => {
        const before = countOf(await find.first({ key }))
        if (before && lockState(before, now).lockedUntil !== undefined) {
          return countedFailure(before, now, false)
        }
        const count = countFailure(before, now, limit)
        await put.run(rowOf(key, count))
        return countedFailure(count, now, true)
      })
    },
    async state(key, now) {
      return lockState(countOf(await find.first({ key })), now)
    },
    async clear(key) {
      await clear.run({ key })
    },
    async removeExpired(now, limit) {
      return removeExpired.run({ now, limit })
    },
  }
}

function rowOf(key: string, count: AttemptCount): AttemptRow {
  return {
    key,
    failures: count.failures,
    window_ends_at: count.windowEndsAt,
    locked_until: count.lockedUntil,
    expires_at: count.lockedUntil ?? count.windowEndsAt,
  }
}

function countOf(row: AttemptRow | undefined): AttemptCount | undefined {
  if (!row) return undefined
  return {
    failures: row.failures,
    windowEndsAt: row.window_ends_at,
    lockedUntil: row.locked_until,
  }
}
