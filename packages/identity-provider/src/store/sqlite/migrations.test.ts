import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { expect, it } from 'vitest'
import { createSealer } from '../../secrets/sealer.ts'
import { migrations } from './migrations.ts'
import { openSqliteStore } from './open-sqlite-store.ts'
import { SqliteConnection } from './sqlite-connection.ts'
import { sqliteDialect } from './sqlite-dialect.ts'

it('a database from before recovery codes keeps its credentials, their order and their bounds', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'newel-migrations-'))
  const path = join(folder, 'newel.db')
  const connection = new SqliteConnection(path, 5000)
  const before = Object.entries(migrations).filter(([name]) => name < '0003')
  const db = new Kysely<never>({ dialect: sqliteDialect(connection) })
  const provider = { getMigrations: async () => Object.fromEntries(before) }
  await new Migrator({ db, provider }).migrateToLatest()
  // The mark of our databases: "Newl".
  connection.run('pragma application_id = 0x4e65776c')
  connection.run("insert into account values ('sub-ada', 'ada', 'ada', null, null, 0, 1, null)")
  for (const id of ['z', 'a']) {
    connection.run(
      `insert into credential values ('${id}', 'sub-ada', 'totp', 'App', 1, 2, '{"algorithm":"SHA1","digits":6,"periodSeconds":30}', x'01', null, null, 7)`,
    )
  }
  connection.close()

  const store = await openSqliteStore({ path, sealer: createSealer(new Uint8Array(32)) })
  const kept = await store.credentials.forAccount('sub-ada')
  expect(kept.map(({ id }) => id)).toEqual(['z', 'a'])
  expect(kept[0]).toMatchObject({ method: 'totp', lastUsedAt: 2, data: { acceptedStep: 7 } })
  await store.accounts.remove('sub-ada')
  expect(await store.credentials.forAccount('sub-ada')).toEqual([])
  await store.close()
  rmSync(folder, { recursive: true })
})

it('a database from before limiters keeps its locks and counts', async () => {
  const { folder, path, connection } = await openBefore('-limiters')
  connection.run("insert into attempt values ('locked', 5, 900, 1000, 1000)")
  connection.run("insert into attempt values ('counted', 2, 900, null, 900)")
  connection.close()
  const store = await openSqliteStore({ path, sealer: createSealer(new Uint8Array(32)) })
  const { attempts } = store
  expect(await attempts.state('locked', 500)).toEqual({ failures: 5, lockedUntil: 1000 })
  expect(await attempts.state('counted', 500)).toEqual({ failures: 2 })
  const limit = { attempts: 5, windowSeconds: 60, lockSeconds: 60 }
  expect(await attempts.fail('locked', 500, limit)).toMatchObject({ counted: false })
  expect(await attempts.fail('counted', 500, limit)).toMatchObject({ failures: 3 })
  await store.close()
  rmSync(folder, { recursive: true })
})

it('a database from before artifacts were sealed keeps none of them, nor their traces in its file', async () => {
  const { folder, path, connection } = await openBefore('-sealed-artifacts')
  for (let index = 0; index < 50; index += 1) {
    connection.run('insert into artifact (model, id, payload_json) values (?, ?, ?)', [
      'RefreshToken',
      `bearer-${index}`,
      JSON.stringify({ email: 'ada.lovelace@example.test', padding: 'x'.repeat(3000) }),
    ])
    connection.run('insert into interaction values (?, 1, ?, 2000)', [
      `i${index}`,
      '{"csrfToken":"bearer-token"}',
    ])
  }
  connection.close()
  const store = await openSqliteStore({ path, sealer: createSealer(new Uint8Array(32)) })
  expect(await store.artifacts.find('RefreshToken', 'bearer-1', 1)).toBeUndefined()
  await store.close()
  const raw = Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))))
  expect(['bearer-', 'lovelace'].filter((trace) => raw.includes(trace))).toEqual([])
  rmSync(folder, { recursive: true })
})

/** A database as the release before the migration of this name left it. */
async function openBefore(suffix: string) {
  const folder = mkdtempSync(join(tmpdir(), 'newel-migrations-'))
  const path = join(folder, 'newel.db')
  const connection = new SqliteConnection(path, 5000)
  const names = Object.keys(migrations)
  const until = names.find((name) => name.endsWith(suffix)) ?? ''
  const before = Object.entries(migrations).filter(([name]) => name < until)
  const db = new Kysely<never>({ dialect: sqliteDialect(connection) })
  const provider = { getMigrations: async () => Object.fromEntries(before) }
  await new Migrator({ db, provider }).migrateToLatest()
  // The mark of our databases: "Newl".
  connection.run('pragma application_id = 0x4e65776c')
  return { folder, path, connection }
}
