import type { EpochSeconds } from '@newel/policy'
import type { FactorRecovery, RecoveryStore } from '../recovery-store.ts'
import { accountLock } from './account-lock.ts'
import { Query } from './query.ts'
import type { SqlConnection } from './sql-connection.ts'
import type { Schema, Tables } from './schema.ts'

type RecoveryRow = Schema['recovery']

export function sqlRecoveryStore(connection: SqlConnection, db: Tables): RecoveryStore {
  const accountId = new Query<{ id: string }, { id: string }>(connection, (p) =>
    db.selectFrom('account').select('id').where('id', '=', p('id')),
  )
  const find = new Query<{ account_id: string; now: EpochSeconds }, RecoveryRow>(connection, (p) =>
    db
      .selectFrom('recovery')
      .selectAll()
      .where('account_id', '=', p('account_id'))
      .where('expires_at', '>', p('now')),
  )
  const lapsed = new Query<{ account_id: string }, unknown>(connection, (p) =>
    db.deleteFrom('recovery').where('account_id', '=', p('account_id')),
  )
  const insert = new Query<RecoveryRow, unknown>(connection, (p) =>
    db.insertInto('recovery').values({
      account_id: p('account_id'),
      id: p('id'),
      credential_ids_json: p('credential_ids_json'),
      requested_at: p('requested_at'),
      ready_at: p('ready_at'),
      announced: p('announced'),
      expires_at: p('expires_at'),
    }),
  )
  const take = new Query<{ account_id: string; id: string }, unknown>(connection, (p) =>
    db.deleteFrom('recovery').where('account_id', '=', p('account_id')).where('id', '=', p('id')),
  )
  const due = new Query<{ now: EpochSeconds; limit: number }, RecoveryRow>(connection, (p) =>
    db
      .selectFrom('recovery')
      .selectAll()
      .where('announced', '=', 0)
      .where('ready_at', '<=', p('now'))
      .where('expires_at', '>', p('now'))
      .orderBy('ready_at')
      .limit(p('limit')),
  )
  const announce = new Query<{ account_id: string; id: string }, unknown>(connection, (p) =>
    db
      .updateTable('recovery')
      .set({ announced: 1 })
      .where('account_id', '=', p('account_id'))
      .where('id', '=', p('id'))
      .where('announced', '=', 0),
  )
  const removeExpired = new Query<{ now: EpochSeconds; limit: number }, unknown>(connection, (p) =>
    db
      .deleteFrom('recovery')
      .where('account_id', 'in', (eb) =>
        eb
          .selectFrom('recovery')
          .select('account_id')
          .where('expires_at', '<=', p('now'))
          .orderBy('expires_at')
          .limit(p('limit')),
      ),
  )

  return {
    async begin(recovery, now) {
      const { accountId: account } = recovery
      return connection.transaction(accountLock(account), async () => {
        if ((await accountId.first({ id: account })) === undefined) return 'unknown_account'
        if ((await find.first({ account_id: account, now })) !== undefined) return 'pending'
        await lapsed.run({ account_id: account })
        await insert.run(rowOf(recovery))
        return 'begun'
      })
    },
    async read(account, now) {
      const row = await find.first({ account_id: account, now })
      return row && recoveryOf(row)
    },
    async take(account, id) {
      return (await take.run({ account_id: account, id })) === 1
    },
    async due(now, limit) {
      return (await due.all({ now, limit })).map(recoveryOf)
    },
    async announce(account, id) {
      return (await announce.run({ account_id: account, id })) === 1
    },
    async removeExpired(now, limit) {
      return removeExpired.run({ now, limit })
    },
  }
}

function rowOf(recovery: FactorRecovery): RecoveryRow {
  return {
    account_id: recovery.accountId,
    id: recovery.id,
    credential_ids_json: JSON.stringify(recovery.credentialIds),
    requested_at: recovery.requestedAt,
    ready_at: recovery.readyAt,
    announced: 0,
    expires_at: recovery.expiresAt,
  }
}

function recoveryOf(row: RecoveryRow): FactorRecovery {
  return {
    id: row.id,
    accountId: row.account_id,
    credentialIds: JSON.parse(row.credential_ids_json) as string[],
    requestedAt: row.requested_at,
    readyAt: row.ready_at,
    expiresAt: row.expires_at,
  }
}
