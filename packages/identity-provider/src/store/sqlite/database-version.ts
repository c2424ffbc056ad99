import type { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { StoreError } from '../store-error.ts'
import { migrations } from './migrations.ts'
import type { Schema } from '../sql/schema.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

/** "Newl": SQLite's own mark for whose file it is. */
const applicationId = 0x4e65776c

/** Refuses what is not ours, or is ours and newer, before anything is written. */
export function checkOrigin(connection: SqliteConnection): void {
  const mark = connection.first('pragma application_id', [])?.['application_id']
  if (mark !== applicationId) {
    if (mark === 0 && isEmpty(connection)) return
    throw new StoreError('store_corrupt', 'the file is a database of another program')
  }
  for (const name of appliedMigrations(connection)) {
    if (Object.hasOwn(migrations, name)) continue
    throw new StoreError(
      'store_newer_version',
      `a newer release has changed this database by \`${name}\`; it was left as it is`,
    )
  }
}

/** Marks an empty database as ours and applies the migrations that it lacks, each whole or not at all. */
export async function bringUpToDate(
  connection: SqliteConnection,
  db: Kysely<Schema>,
): Promise<void> {
  connection.transaction(() => {
    checkOrigin(connection)
    connection.run(`pragma application_id = ${applicationId}`)
  })
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...migrations }) },
  })
  const { error } = await migrator.migrateToLatest()
  if (error instanceof Error) throw error
  if (error !== undefined)
    throw new StoreError('store_unavailable', 'a migration failed', { cause: error })
}

function isEmpty(connection: SqliteConnection): boolean {
  return connection.first('select 1 from sqlite_master limit 1', []) === undefined
}

function appliedMigrations(connection: SqliteConnection): readonly string[] {
  const table = "select 1 from sqlite_master where name = 'kysely_migration'"
  if (!connection.first(table, [])) return []
  return connection
    .all('select name from kysely_migration', [])
    .flatMap(({ name }) => (typeof name === 'string' ? [name] : []))
}
