import { mkdtempSync, rmSync } from 'node:fs'
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
