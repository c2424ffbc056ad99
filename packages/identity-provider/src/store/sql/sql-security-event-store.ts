import type { EpochSeconds } from '@newel/policy'
import { keptSecurityEvents } from '../security-event-store.ts'
import type { SecurityEvent, SecurityEventStore } from '../security-event-store.ts'
import { accountLock } from './account-lock.ts'
import { Query, allRows } from './query.ts'
import type { SqlConnection } from './sql-connection.ts'
import type { Schema, Tables } from './schema.ts'

type EventRow = Omit<Schema['security_event'], 'rowid'>

export function sqlSecurityEventStore(connection: SqlConnection, db: Tables): SecurityEventStore {
  const accountExists = new Query<{ id: string }, { id: string }>(connection, (p) =>
    db.selectFrom('account').select('id').where('id', '=', p('id')),
  )
  const insert = new Query<EventRow, unknown>(connection, (p) =>
    db.insertInto('security_event').values({
      account_id: p('account_id'),
      at: p('at'),
      type: p('type'),
      method: p('method'),
      client_id: p('client_id'),
      address: p('address'),
      device: p('device'),
    }),
  )
  const trim = new Query<{ accountId: string }, unknown>(connection, (p) =>
    db
      .deleteFrom('security_event')
      .where('rowid', 'in', (eb) =>
        eb
          .selectFrom('security_event')
          .select('rowid')
          .where('account_id', '=', p('accountId'))
          .orderBy('at', 'desc')
          .orderBy('rowid', 'desc')
          .limit(allRows)
          .offset(keptSecurityEvents),
      ),
  )
  const recent = new Query<{ accountId: string; limit: number }, EventRow>(connection, (p) =>
    db
      .selectFrom('security_event')
      .selectAll()
      .where('account_id', '=', p('accountId'))
      .orderBy('at', 'desc')
      .orderBy('rowid', 'desc')
      .limit(p('limit')),
  )
  const removeExpired = new Query<{ before: EpochSeconds }, unknown>(connection, (p) =>
    db.deleteFrom('security_event').where('at', '<', p('before')),
  )

  return {
    async append(event) {
      await connection.transaction(accountLock(event.accountId), async () => {
        if ((await accountExists.first({ id: event.accountId })) === undefined) return
        await insert.run({
          account_id: event.accountId,
          at: event.at,
          type: event.type,
          method: event.method ?? null,
          client_id: event.clientId ?? null,
          address: event.address ?? null,
          device: event.device ?? null,
        })
        await trim.run({ accountId: event.accountId })
      })
    },
    async recent(accountId, limit) {
      return (await recent.all({ accountId, limit })).map(eventOf)
    },
    async removeExpired(before) {
      return removeExpired.run({ before })
    },
  }
}

function eventOf(row: EventRow): SecurityEvent {
  return {
    accountId: row.account_id,
    at: row.at,
    type: row.type,
    ...(row.method === null ? {} : { method: row.method }),
    ...(row.client_id === null ? {} : { clientId: row.client_id }),
    ...(row.address === null ? {} : { address: row.address }),
    ...(row.device === null ? {} : { device: row.device }),
  }
}
