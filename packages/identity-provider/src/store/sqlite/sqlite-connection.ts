import { DatabaseSync } from 'node:sqlite'
import type { SQLInputValue, StatementSync } from 'node:sqlite'
import type { Row } from '../sql/sql-connection.ts'
import { StoreError } from '../store-error.ts'
import type { StoreErrorCode } from '../store-error.ts'

/**
 * The one place that knows `node:sqlite`. Statements are prepared once and kept: their texts are those of this folder, a
 * bounded set. Calls are synchronous, so nothing comes between the steps of a transaction.
 */
export class SqliteConnection {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(path: string, busyTimeoutMilliseconds: number) {
    this.#database = guarded(() => new DatabaseSync(path, { timeout: busyTimeoutMilliseconds }))
  }

  /** Reads one row. Not for writes: a commit that fails after the first row would go unnoticed. */
  first(sql: string, parameters: readonly unknown[]): Row | undefined {
    return guarded(() => this.#statement(sql).get(...parameters.map(bindable)))
  }

  all(sql: string, parameters: readonly unknown[]): Row[] {
    return guarded(() => this.#statement(sql).all(...parameters.map(bindable)))
  }

  /** Tells how many rows changed. */
  run(sql: string, parameters: readonly unknown[] = []): number {
    return guarded(() => Number(this.#statement(sql).run(...parameters.map(bindable)).changes))
  }

  returnsRows(sql: string): boolean {
    return guarded(() => this.#statement(sql).columns().length > 0)
  }

  /** All of `steps` or none, with the write lock from the start: what is read is still true when it is written. */
  transaction<Result>(steps: () => Result): Result {
    this.run('begin immediate')
    try {
      const result = steps()
      this.run('commit')
      return result
    } catch (error) {
      this.rollBack()
      throw error
    }
  }

  isInTransaction(): boolean {
    return this.#database.isOpen && this.#database.isTransaction
  }

  rollBack(): void {
    // A full disk makes SQLite roll back by itself.
    if (this.isInTransaction()) this.run('rollback')
  }

  close(): void {
    this.#statements.clear()
    if (this.#database.isOpen) guarded(() => this.#database.close())
  }

  #statement(sql: string): StatementSync {
    const kept = this.#statements.get(sql)
    if (kept) return kept
    if (!this.#database.isOpen) throw new StoreError('store_closed', 'the store is closed')
    const statement = this.#database.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}

function bindable(value: unknown): SQLInputValue {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
      return value
    case 'boolean':
      return value ? 1 : 0
    case 'undefined':
      return null
    default:
      if (value === null || value instanceof Uint8Array) return value
      throw new TypeError('a value of this kind cannot be stored')
  }
}

function guarded<Result>(step: () => Result): Result {
  try {
    return step()
  } catch (error) {
    throw storeErrorOf(error)
  }
}

/** Primary result codes, https://sqlite.org/rescode.html; an extended code has them in its low byte. */
const codes: Readonly<Record<number, readonly [StoreErrorCode, string]>> = {
  3: ['store_unavailable', 'the database may not be opened'],
  5: ['store_locked', 'another process holds the database'],
  6: ['store_locked', 'another process holds the database'],
  8: ['store_unavailable', 'the database cannot be written'],
  10: ['store_unavailable', 'the disk failed'],
  11: ['store_corrupt', 'the database is damaged'],
  13: ['store_full', 'the disk is full'],
  14: ['store_unavailable', 'the database cannot be opened'],
  19: ['store_conflict', 'the row contradicts another'],
  26: ['store_corrupt', 'the file is not a database'],
}

function storeErrorOf(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error)) return error
  const known = typeof error.errcode === 'number' ? codes[error.errcode & 0xff] : undefined
  if (!known) return error
  const [code, message] = known
  return new StoreError(code, message, { cause: error })
}
