import type { EpochSeconds } from '@newel/policy'
import type { LogoutNotice, LogoutNoticeStore } from '../logout-notice-store.ts'
import { Query } from './query.ts'
import type { SqlConnection } from './sql-connection.ts'
import type { Schema, Tables } from './schema.ts'

type NoticeRow = Schema['logout_notice']

export function sqlLogoutNoticeStore(connection: SqlConnection, db: Tables): LogoutNoticeStore {
  const insert = new Query<NoticeRow, unknown>(connection, (p) =>
    db
      .insertInto('logout_notice')
      .values({
        id: p('id'),
        client_id: p('client_id'),
        account_id: p('account_id'),
        sid: p('sid'),
        due_at: p('due_at'),
        expires_at: p('expires_at'),
      })
      .onConflict((conflict) => conflict.column('id').doNothing()),
  )
  const due = new Query<{ now: EpochSeconds; limit: number }, NoticeRow>(connection, (p) =>
    db
      .selectFrom('logout_notice')
      .selectAll()
      .where('due_at', '<=', p('now'))
      .where('expires_at', '>', p('now'))
      .orderBy('due_at')
      .limit(p('limit')),
  )
  const putOff = new Query<{ id: string; before: number; due_at: number }, unknown>(
    connection,
    (p) =>
      db
        .updateTable('logout_notice')
        .set({ due_at: p('due_at') })
        .where('id', '=', p('id'))
        .where('due_at', '=', p('before')),
  )
  const remove = new Query<{ id: string }, unknown>(connection, (p) =>
    db.deleteFrom('logout_notice').where('id', '=', p('id')),
  )
  const removeExpired = new Query<{ now: EpochSeconds; limit: number }, unknown>(connection, (p) =>
    db
      .deleteFrom('logout_notice')
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('logout_notice')
          .select('id')
          .where('expires_at', '<=', p('now'))
          .orderBy('expires_at')
          .limit(p('limit')),
      ),
  )

  return {
    async add({ id, clientId, accountId, sid }, dueAt, expiresAt) {
      await insert.run({
        id,
        client_id: clientId,
        account_id: accountId,
        sid: sid ?? null,
        due_at: dueAt,
        expires_at: expiresAt,
      })
    },
    async claim(now, dueAgainAt, limit) {
      const claimed: LogoutNotice[] = []
      for (const row of await due.all({ now, limit })) {
        // Whoever was quicker has moved it.
        const changed = await putOff.run({ id: row.id, before: row.due_at, due_at: dueAgainAt })
        if (changed === 1) claimed.push(noticeOf(row))
      }
      return claimed
    },
    async remove(id) {
      await remove.run({ id })
    },
    async removeExpired(now, limit) {
      return removeExpired.run({ now, limit })
    },
  }
}

function noticeOf(row: NoticeRow): LogoutNotice {
  return {
    id: row.id,
    clientId: row.client_id,
    accountId: row.account_id,
    ...(row.sid === null ? {} : { sid: row.sid }),
  }
}
