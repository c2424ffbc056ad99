import { sql } from 'kysely'
import type { EpochSeconds } from '@newel/policy'
import { StoreError } from '../store-error.ts'
import type {
  Credential,
  EmailData,
  FederatedData,
  PasswordData,
  RecoveryCodeData,
  TotpData,
  WebAuthnData,
} from '../credential.ts'
import type { CredentialStore } from '../credential-store.ts'
import { accountLock } from './account-lock.ts'
import { Query } from './query.ts'
import type { SqlConnection } from './sql-connection.ts'
import type { Schema, Tables } from './schema.ts'

type CredentialRow = Omit<Schema['credential'], 'rowid'>

/** Writes a credential within a transaction. The account is there. */
export function credentialWriter(
  connection: SqlConnection,
  db: Tables,
): (credential: Credential) => Promise<'added' | 'duplicate'> {
  const insert = insertCredential(connection, db)
  const remove = removeCredential(connection, db)
  const onlyOneOf = new Query<{ accountId: string; method: string }, { id: string }>(
    connection,
    (p) =>
      db
        .selectFrom('credential')
        .select('id')
        .where('account_id', '=', p('accountId'))
        .where('method', '=', p('method')),
  )
  const setEmail = new Query<{ id: string; email: string }, unknown>(connection, (p) =>
    db
      .updateTable('account')
      .set({ email: p('email') })
      .where('id', '=', p('id')),
  )

  return async (credential) => {
    const { method, accountId } = credential
    const before =
      method === 'recovery-code' || method === 'email-code'
        ? await onlyOneOf.first({ accountId, method })
        : undefined
    if (before !== undefined && before.id !== credential.id) await remove.run(before)
    if ((await insert.run(rowOf(credential))) !== 1) return 'duplicate'
    if (method === 'email-code') {
      await setEmail.run({ id: accountId, email: credential.data.address })
    }
    return 'added'
  }
}

function insertCredential(connection: SqlConnection, db: Tables): Query<CredentialRow, unknown> {
  return new Query<CredentialRow, unknown>(connection, (p) =>
    db
      .insertInto('credential')
      .values({
        id: p('id'),
        account_id: p('account_id'),
        method: p('method'),
        label: p('label'),
        created_at: p('created_at'),
        last_used_at: p('last_used_at'),
        data_json: p('data_json'),
        secret: p('secret'),
        webauthn_id: p('webauthn_id'),
        counter: p('counter'),
        totp_step: p('totp_step'),
        used_codes: p('used_codes'),
        external_id: p('external_id'),
      })
      .onConflict((conflict) => conflict.doNothing()),
  )
}

function removeCredential(connection: SqlConnection, db: Tables): Query<{ id: string }, unknown> {
  return new Query<{ id: string }, unknown>(connection, (p) =>
    db.deleteFrom('credential').where('id', '=', p('id')),
  )
}

export function sqlCredentialStore(connection: SqlConnection, db: Tables): CredentialStore {
  const accountExists = new Query<{ id: string }, { id: string }>(connection, (p) =>
    db.selectFrom('account').select('id').where('id', '=', p('id')),
  )
  const forAccount = new Query<{ accountId: string }, CredentialRow>(connection, (p) =>
    db
      .selectFrom('credential')
      .selectAll()
      .where('account_id', '=', p('accountId'))
      .orderBy('created_at')
      .orderBy('rowid'),
  )
  const byId = new Query<{ id: string }, CredentialRow>(connection, (p) =>
    db.selectFrom('credential').selectAll().where('id', '=', p('id')),
  )
  const byWebAuthnId = new Query<{ id: string }, CredentialRow>(connection, (p) =>
    db.selectFrom('credential').selectAll().where('webauthn_id', '=', p('id')),
  )
  const byExternalId = new Query<{ id: string }, CredentialRow>(connection, (p) =>
    db.selectFrom('credential').selectAll().where('external_id', '=', p('id')),
  )
  const setData = new Query<{ id: string; dataJson: string }, unknown>(connection, (p) =>
    db
      .updateTable('credential')
      .set({ data_json: p('dataJson') })
      .where('id', '=', p('id')),
  )
  const passwordOf = new Query<{ accountId: string }, { id: string }>(connection, (p) =>
    db
      .selectFrom('credential')
      .select('id')
      .where('account_id', '=', p('accountId'))
      .where('method', '=', 'password'),
  )
  const insert = insertCredential(connection, db)
  const remove = removeCredential(connection, db)
  const write = credentialWriter(connection, db)
  const touch = new Query<{ id: string; now: EpochSeconds }, unknown>(connection, (p) =>
    db
      .updateTable('credential')
      .set({ last_used_at: p('now') })
      .where('id', '=', p('id'))
      .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<', p('now'))])),
  )
  const rename = new Query<{ id: string; label: string }, unknown>(connection, (p) =>
    db
      .updateTable('credential')
      .set({ label: p('label') })
      .where('id', '=', p('id')),
  )
  const acceptTotpStep = new Query<{ id: string; step: number; now: EpochSeconds | null }, unknown>(
    connection,
    (p) =>
      db
        .updateTable('credential')
        .set({
          totp_step: p('step'),
          last_used_at: sql<number | null>`coalesce(${p('now')}, last_used_at)`,
        })
        .where('id', '=', p('id'))
        .where('method', '=', 'totp')
        .where((eb) => eb.or([eb('totp_step', 'is', null), eb('totp_step', '<', p('step'))])),
  )
  const acceptRecoveryCode = new Query<{ id: string; bit: number }, unknown>(connection, (p) =>
    db
      .updateTable('credential')
      .set({ used_codes: sql<number>`used_codes | ${p('bit')}` })
      .where('id', '=', p('id'))
      .where('method', '=', 'recovery-code')
      .where(sql<boolean>`used_codes & ${p('bit')} = 0`),
  )
  const acceptCounter = new Query<{ id: string; counter: number }, unknown>(connection, (p) =>
    db
      .updateTable('credential')
      .set({ counter: p('counter') })
      .where('id', '=', p('id'))
      .where('method', '=', 'webauthn')
      .where((eb) =>
        eb.or([
          eb('counter', '<', p('counter')),
          eb.and([eb('counter', '=', 0), eb('counter', '=', p('counter'))]),
        ]),
      ),
  )

  return {
    async add(credential) {
      return connection.transaction(accountLock(credential.accountId), async () => {
        if ((await accountExists.first({ id: credential.accountId })) === undefined)
          return 'unknown_account'
        return write(credential)
      })
    },
    async forAccount(accountId) {
      return (await forAccount.all({ accountId })).map(credentialOf)
    },
    async byId(id) {
      const row = await byId.first({ id })
      return row && credentialOf(row)
    },
    async byWebAuthnId(credentialId) {
      const row = await byWebAuthnId.first({ id: credentialId })
      const credential = row && credentialOf(row)
      return credential?.method === 'webauthn' ? credential : undefined
    },
    async byUpstreamSubject(issuer, subject) {
      const row = await byExternalId.first({ id: upstreamSubject({ issuer, subject }) })
      const credential = row && credentialOf(row)
      return credential?.method === 'federated' ? credential : undefined
    },
    async noteUpstreamProofs(credentialId, names) {
      const row = await byId.first({ id: credentialId })
      if (row === undefined) return false
      return connection.transaction(accountLock(row.account_id), async () => {
        const present = await byId.first({ id: credentialId })
        const credential = present && credentialOf(present)
        if (credential?.method !== 'federated') return false
        const { proved = [] } = credential.data
        const all = [...new Set([...proved, ...names])]
        if (all.length === proved.length) return true
        const data: FederatedData = { ...credential.data, proved: all }
        return (await setData.run({ id: credentialId, dataJson: JSON.stringify(data) })) === 1
      })
    },
    async replacePassword(credential, expectedId) {
      return connection.transaction(accountLock(credential.accountId), async () => {
        if ((await accountExists.first({ id: credential.accountId })) === undefined) return false
        const present = await passwordOf.first({ accountId: credential.accountId })
        if (expectedId !== undefined && present?.id !== expectedId) return false
        if (present) await remove.run({ id: present.id })
        if ((await insert.run(rowOf(credential))) === 1) return true
        // Thrown, so that the password that was there comes back.
        throw new StoreError('store_conflict', 'the credential id is taken')
      })
    },
    async remove(id) {
      return (await remove.run({ id })) === 1
    },
    async rename(id, label) {
      return (await rename.run({ id, label })) === 1
    },
    async touch(id, now) {
      await touch.run({ id, now })
    },
    async acceptTotpStep(id, step, now) {
      return (await acceptTotpStep.run({ id, step, now: now ?? null })) === 1
    },
    async acceptRecoveryCode(id, place) {
      return (await acceptRecoveryCode.run({ id, bit: 1 << place })) === 1
    },
    async acceptCounter(id, counter) {
      return (await acceptCounter.run({ id, counter })) === 1
    },
  }
}

/** What must be compared or be unique has its own column and is not repeated in the JSON. */
function rowOf(credential: Credential): CredentialRow {
  const row = {
    id: credential.id,
    account_id: credential.accountId,
    method: credential.method,
    label: credential.label,
    created_at: credential.createdAt,
    last_used_at: credential.lastUsedAt ?? null,
    secret: credential.secret ?? null,
    webauthn_id: null,
    counter: null,
    totp_step: null,
    used_codes: null,
    external_id: null,
  }
  if (credential.method === 'totp') {
    const { acceptedStep, ...data } = credential.data
    return { ...row, data_json: JSON.stringify(data), totp_step: acceptedStep ?? null }
  }
  if (credential.method === 'webauthn') {
    const { credentialId, counter, ...data } = credential.data
    return { ...row, data_json: JSON.stringify(data), webauthn_id: credentialId, counter }
  }
  if (credential.method === 'recovery-code') {
    const { used, ...data } = credential.data
    const bits = used.reduce((all, place) => all | (1 << place), 0)
    return { ...row, data_json: JSON.stringify(data), used_codes: bits }
  }
  if (credential.method === 'federated') {
    return {
      ...row,
      data_json: JSON.stringify(credential.data),
      external_id: upstreamSubject(credential.data),
    }
  }
  return { ...row, data_json: JSON.stringify(credential.data) }
}

/** No issuer has a space in it, so that no two pairs make one text. */
function upstreamSubject({ issuer, subject }: FederatedData): string {
  return `${issuer} ${subject}`
}

function credentialOf(row: CredentialRow): Credential {
  const base = {
    id: row.id,
    accountId: row.account_id,
    label: row.label,
    createdAt: row.created_at,
    ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at }),
  }
  if (row.method === 'webauthn' && row.webauthn_id !== null && row.counter !== null) {
    const data = JSON.parse(row.data_json) as Omit<WebAuthnData, 'credentialId' | 'counter'>
    const own = { credentialId: row.webauthn_id, counter: row.counter }
    return { ...base, method: 'webauthn', data: { ...data, ...own } }
  }
  if (row.method === 'password' && row.secret) {
    const data = JSON.parse(row.data_json) as PasswordData
    return { ...base, method: 'password', data, secret: row.secret }
  }
  if (row.method === 'totp' && row.secret) {
    const data = JSON.parse(row.data_json) as Omit<TotpData, 'acceptedStep'>
    const own = row.totp_step === null ? {} : { acceptedStep: row.totp_step }
    return { ...base, method: 'totp', data: { ...data, ...own }, secret: row.secret }
  }
  if (row.method === 'recovery-code' && row.secret && row.used_codes !== null) {
    const { total } = JSON.parse(row.data_json) as Omit<RecoveryCodeData, 'used'>
    const bits = row.used_codes
    const used = Array.from({ length: total }, (_, place) => place).filter(
      (place) => (bits & (1 << place)) !== 0,
    )
    return { ...base, method: 'recovery-code', data: { total, used }, secret: row.secret }
  }
  if (row.method === 'federated') {
    return { ...base, method: 'federated', data: JSON.parse(row.data_json) as FederatedData }
  }
  if (row.method === 'email-code') {
    return { ...base, method: 'email-code', data: JSON.parse(row.data_json) as EmailData }
  }
  throw new StoreError('store_corrupt', `the credential \`${row.id}\` lacks a part of itself`)
}
