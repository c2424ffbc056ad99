import { Kysely, PostgresDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import { Pool, types } from 'pg'
import type { Sealer } from '../../secrets/sealer.ts'
import { checkSealer } from '../sql/check-sealer.ts'
import { digestKey } from '../sql/digest-key.ts'
import { type SealedRecords, sealedRecords } from '../sealed-records.ts'
import type { Schema } from '../sql/schema.ts'
import { sqlStore } from '../sql/sql-store.ts'
import { StoreError } from '../store-error.ts'
import type { Store } from '../store.ts'
import { PostgresConnection } from './postgres-connection.ts'
import { storeErrorOf } from './postgres-errors.ts'
import { postgresMigrations } from './postgres-migrations.ts'

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:5432/database`, with `sslmode` and the rest as the driver reads them. */
  readonly url: string
  /** What seals the secrets kept in this database. A database sealed under other keys is refused at once. */
  readonly sealer: Sealer
  /**
   * Whether migrations that the database lacks are applied; two nodes that do so at once take turns. `false`: a database
   * that lacks some is refused. Default `true`.
   */
  readonly migrate?: boolean
  /** Connections of this process at most. Default 10. */
  readonly connections?: number
  /** How long a request waits for a connection or an answer, in milliseconds, before `store_unavailable`. Default 5000. */
  readonly timeoutMilliseconds?: number
}

type TypeId = Parameters<typeof types.getTypeParser>[0]

/** Times and counters are far below 2^53; bytes are a plain array, as SQLite gives them. */
function parserOf(oid: TypeId, format?: 'text' | 'binary'): (value: string) => unknown {
  if (oid === types.builtins.INT8) return Number
  const parse = types.getTypeParser(oid, format) as (value: string) => unknown
  return oid === types.builtins.BYTEA ? (value) => Uint8Array.from(parse(value) as Buffer) : parse
}

/** Opens a store that several nodes share. @throws StoreError */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const timeout = options.timeoutMilliseconds ?? 5000
  const pool = new Pool({
    connectionString: options.url,
    max: options.connections ?? 10,
    connectionTimeoutMillis: timeout,
    query_timeout: timeout,
    application_name: 'newel',
    types: { getTypeParser: parserOf },
  })
  // A connection that dies while it is idle is replaced; without a listener the process would end.
  pool.on('error', () => {})
  // So it is with one that dies within a transaction, between two statements: the next one fails.
  pool.on('connect', (client) => client.on('error', () => {}))
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })
  const connection = new PostgresConnection(pool)
  let records: SealedRecords
  try {
    await bringUpToDate(connection, db, options.migrate ?? true)
    await checkSealer(connection, db, options.sealer)
    records = sealedRecords(options.sealer, await digestKey(connection, db, options.sealer))
  } catch (error) {
    await pool.end()
    throw error
  }
  let closed: Promise<void> | undefined
  return {
    ...sqlStore(connection, db, records),
    close: async () => {
      closed ??= pool.end()
      await closed
    },
  }
}

async function bringUpToDate(
  connection: PostgresConnection,
  db: Kysely<Schema>,
  migrate: boolean,
): Promise<void> {
  const applied = await appliedMigrations(connection)
  const newer = applied.find((name) => !Object.hasOwn(postgresMigrations, name))
  if (newer !== undefined) {
    throw new StoreError(
      'store_newer_version',
      `a newer release has changed this database by \`${newer}\`; it was left as it is`,
    )
  }
  const missing = Object.keys(postgresMigrations).filter((name) => !applied.includes(name))
  if (missing.length === 0) return
  if (!migrate) {
    throw new StoreError(
      'store_older_version',
      `the database lacks \`${missing.join('`, `')}\`; run \`newel migrate\``,
    )
  }
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...postgresMigrations }) },
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw storeErrorOf(error)
}

async function appliedMigrations(connection: PostgresConnection): Promise<readonly string[]> {
  const table = await connection.first("select to_regclass('kysely_migration') as name", [])
  if (table?.['name'] === null || table === undefined) return []
  const rows = await connection.all('select name from kysely_migration', [])
  return rows.flatMap(({ name }) => (typeof name === 'string' ? [name] : []))
}
