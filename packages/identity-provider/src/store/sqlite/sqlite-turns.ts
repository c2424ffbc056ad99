import { AsyncLocalStorage } from 'node:async_hooks'
import type { Row, SqlConnection } from '../sql/sql-connection.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

/**
 * SQLite has one connection for all requests. While a transaction of one is open, the statements of others wait, or they
 * would be part of it. Without one nothing waits.
 */
export class SqliteTurns implements SqlConnection {
  readonly #connection: SqliteConnection
  readonly #inside = new AsyncLocalStorage<true>()
  #open: Promise<unknown> | undefined

  constructor(connection: SqliteConnection) {
    this.#connection = connection
  }

  async first(sql: string, parameters: readonly unknown[]): Promise<Row | undefined> {
    while (this.#mustWait()) await this.#turn()
    return this.#connection.first(sql, parameters)
  }

  async all(sql: string, parameters: readonly unknown[]): Promise<Row[]> {
    while (this.#mustWait()) await this.#turn()
    return this.#connection.all(sql, parameters)
  }

  async run(sql: string, parameters: readonly unknown[] = []): Promise<number> {
    while (this.#mustWait()) await this.#turn()
    return this.#connection.run(sql, parameters)
  }

  /** The write lock of the whole file is stronger than any named one. */
  async transaction<Result>(_lock: string, steps: () => Promise<Result>): Promise<Result> {
    while (this.#mustWait()) await this.#turn()
    const whole = this.#whole(steps)
    this.#open = whole
    try {
      return await whole
    } finally {
      this.#open = undefined
    }
  }

  async #whole<Result>(steps: () => Promise<Result>): Promise<Result> {
    this.#connection.run('begin immediate')
    try {
      const result = await this.#inside.run(true, steps)
      this.#connection.run('commit')
      return result
    } catch (error) {
      this.#connection.rollBack()
      throw error
    }
  }

  /** Lets the others go first while a transaction is open, however it ends. */
  async #turn(): Promise<void> {
    await Promise.allSettled([this.#open])
  }

  /** Asked again after every wait, and used without one: another may have begun in between. */
  #mustWait(): boolean {
    return this.#open !== undefined && this.#inside.getStore() !== true
  }
}
