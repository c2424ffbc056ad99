import { closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { Kysely } from 'kysely'
import type { Sealer } from '../../secrets/sealer.ts'
import { StoreError } from '../store-error.ts'
import type { Store } from '../store.ts'
import { bringUpToDate, checkOrigin } from './database-version.ts'
import { checkSealer } from '../sql/check-sealer.ts'
import { digestKey } from '../sql/digest-key.ts'
import { sealedRecords } from '../sealed-records.ts'
import type { Schema } from '../sql/schema.ts'
import { sqlStore } from '../sql/sql-store.ts'
import { SqliteConnection } from './sqlite-connection.ts'
import { sqliteDialect } from './sqlite-dialect.ts'
import { SqliteTurns } from './sqlite-turns.ts'

export interface SqliteStoreOptions {
  /** The database file, or `:memory:` for one that is gone with the process. Missing folders are made. */
  readonly path: string
  /** What seals the secrets kept in this database. A database sealed under other keys is refused at once. */
  readonly sealer: Sealer
  readonly logger?: StoreLogger
  /**
   * How long a call waits for another process's write, in milliseconds, before `store_locked`. The whole process waits
   * with it; a write takes a millisecond or so. Default 5000. `0`: not at all.
   */
  readonly busyTimeoutMilliseconds?: number
}

/** The part of a logger that a store needs. */
export interface StoreLogger {
  warn(facts: Readonly<Record<string, unknown>>, message: string): void
}

/**
 * Opens the embedded store, making and migrating the file where needed. Several processes may have one file open. Every
 * write is on the disk when its promise resolves.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { path, sealer } = options
  if (path !== ':memory:') prepareFile(path, options.logger)
  const connection = new SqliteConnection(path, options.busyTimeoutMilliseconds ?? 5000)
  try {
    checkOrigin(connection)
    connection.all('pragma journal_mode = wal', [])
    // Without it a power cut could take back the last commits of a WAL database.
    connection.run('pragma synchronous = full')
    connection.run('pragma foreign_keys = on')
    const db = new Kysely<Schema>({ dialect: sqliteDialect(connection) })
    await bringUpToDate(connection, db)
    const turns = new SqliteTurns(connection)
    await checkSealer(turns, db, sealer)
    const records = sealedRecords(sealer, await digestKey(turns, db, sealer))
    return {
      ...sqlStore(turns, db, records),
      close: async () => connection.close(),
    }
  } catch (error) {
    connection.close()
    throw error
  }
}

/**
 * Makes the folder and the file for their owner alone; the files that SQLite puts beside it take over its mode. A file
 * that exists is not opened here: closing it would drop the locks of a store that this process has open on it.
 */
function prepareFile(path: string, logger: StoreLogger | undefined): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
      throw new StoreError('store_unavailable', `the database \`${path}\` cannot be made`, {
        cause: error,
      })
    }
    warnIfExposed(path, logger)
  }
}

function warnIfExposed(path: string, logger: StoreLogger | undefined): void {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0
  // Windows has no such bits: there the folder's access list decides.
  if (process.platform === 'win32' || (mode & 0o077) === 0) return
  logger?.warn({ path, mode: (mode & 0o777).toString(8) }, 'other users can read the database')
}
