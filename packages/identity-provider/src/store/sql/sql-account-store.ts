import { sql } from 'kysely'
import type { Selectable } from 'kysely'
import type { JsonObject } from '../json.ts'
import type { Account, AccountStore } from '../account-store.ts'
import { normaliseUsername } from '../username.ts'
import { accountLock } from './account-lock.ts'
import { Query } from './query.ts'
import { credentialWriter } from './sql-credential-store.ts'
import type { SqlConnection } from './sql-connection.ts'
import type { Schema, Tables } from './schema.ts'

type AccountRow = Selectable<Schema['account']>

export function sqlAccountStore(connection: SqlConnection, db: Tables): AccountStore {
  const insert = new Query<AccountRow, unknown>(connection, (p) =>
    db
      .insertInto('account')
      .values({
        id: p('id'),
        username: p('username'),
        username_key: p('username_key'),
        name: p('name'),
        email: p('email'),
        disabled: p('disabled'),
        created_at: p('created_at'),
        attributes_json: p('attributes_json'),
        valid_from: p('valid_from'),
        generation: p('generation'),
      })
      .onConflict((conflict) => conflict.column('username_key').doNothing()),
  )
  const byId = new Query<{ id: string }, AccountRow>(connection, (p) =>
    db.selectFrom('account').selectAll().where('id', '=', p('id')),
  )
  const byKey = new Query<{ key: string }, AccountRow>(connection, (p) =>
    db.selectFrom('account').selectAll().where('username_key', '=', p('key')),
  )
  const byEmail = new Query<{ email: string }, AccountRow>(connection, (p) =>
    db
      .selectFrom('account')
      .selectAll()
      // As in the index. The cast tells PostgreSQL the type of a parameter that stands in a function alone.
      .where(sql`lower(email)`, '=', sql`lower(cast(${p('email')} as text))`)
      .orderBy(
        (eb) =>
          eb.exists(
            eb
              .selectFrom('credential')
              .select('credential.id')
              .whereRef('credential.account_id', '=', 'account.id')
              .where('credential.method', '=', sql<string>`'email-code'`),
          ),
        'desc',
      )
      .orderBy('created_at')
      .limit(2),
  )
  const page = new Query<{ after: string; limit: number }, AccountRow>(connection, (p) =>
    db
      .selectFrom('account')
      .selectAll()
      .where('username_key', '>', p('after'))
      .orderBy('username_key')
      .limit(p('limit')),
  )
  const setDisabled = new Query<{ id: string; disabled: number }, unknown>(connection, (p) =>
    db
      .updateTable('account')
      .set({ disabled: p('disabled') })
      .where('id', '=', p('id')),
  )
  const endRecovery = new Query<{ id: string }, unknown>(connection, (p) =>
    db.deleteFrom('recovery').where('account_id', '=', p('id')),
  )
  const setValidFrom = new Query<{ id: string; at: number }, unknown>(connection, (p) =>
    db
      .updateTable('account')
      .set({
        valid_from: sql`case when valid_from > ${p('at')} then valid_from else ${p('at')} end`,
        generation: sql<number>`generation + 1`,
      })
      .where('id', '=', p('id')),
  )
  const remove = new Query<{ id: string }, unknown>(connection, (p) =>
    db.deleteFrom('account').where('id', '=', p('id')),
  )

  const write = credentialWriter(connection, db)

  return {
    async create(account) {
      return (await insert.run(rowOf(account))) === 1 ? 'created' : 'username_taken'
    },
    async createWith(account, credentials) {
      try {
        return await connection.transaction(accountLock(account.id), async () => {
          if ((await insert.run(rowOf(account))) !== 1) return 'username_taken'
          for (const credential of credentials) {
            if ((await write(credential)) === 'duplicate') throw new Undone()
          }
          return 'created'
        })
      } catch (error) {
        if (error instanceof Undone) return 'duplicate'
        throw error
      }
    },
    async byId(id) {
      return accountOf(await byId.first({ id }))
    },
    async byUsername(username) {
      return accountOf(await byKey.first({ key: normaliseUsername(username) }))
    },
    async byEmail(email) {
      const rows = await byEmail.all({ email: email.trim() })
      return rows.flatMap((row) => accountOf(row) ?? [])
    },
    async list({ limit, after }) {
      const rows = await page.all({ after: after ?? '', limit: limit + 1 })
      const shown = rows.slice(0, limit)
      const accounts = shown.flatMap((row) => accountOf(row) ?? [])
      const last = shown.at(-1)
      return rows.length > limit && last ? { accounts, next: last.username_key } : { accounts }
    },
    async setDisabled(id, disabled) {
      return connection.transaction(accountLock(id), async () => {
        if (disabled) await endRecovery.run({ id })
        return (await setDisabled.run({ id, disabled: disabled ? 1 : 0 })) === 1
      })
    },
    async setValidFrom(id, at) {
      return (await setValidFrom.run({ id, at })) === 1
    },
    async remove(id) {
      return connection.transaction(accountLock(id), async () => (await remove.run({ id })) === 1)
    },
  }
}

/** Thrown, so that the account goes with the credential that could not be added. */
class Undone extends Error {}

function rowOf(account: Account): AccountRow {
  return {
    id: account.id,
    username: account.username,
    username_key: normaliseUsername(account.username),
    name: account.name ?? null,
    email: account.email ?? null,
    disabled: account.disabled ? 1 : 0,
    created_at: account.createdAt,
    attributes_json: account.attributes ? JSON.stringify(account.attributes) : null,
    valid_from: account.validFrom ?? null,
    generation: account.generation ?? 0,
  }
}

function accountOf(row: AccountRow | undefined): Account | undefined {
  if (!row) return undefined
  return {
    id: row.id,
    username: row.username,
    ...(row.name === null ? {} : { name: row.name }),
    ...(row.email === null ? {} : { email: row.email }),
    disabled: row.disabled !== 0,
    createdAt: row.created_at,
    ...(row.valid_from === null ? {} : { validFrom: row.valid_from }),
    ...(row.generation === 0 ? {} : { generation: row.generation }),
    ...(row.attributes_json === null
      ? {}
      : { attributes: JSON.parse(row.attributes_json) as JsonObject }),
  }
}
