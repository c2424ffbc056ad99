import { AsyncLocalStorage } from 'node:async_hooks'
import type { Row, SqlConnection } from '../sql/sql-connection.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

/**
 * SQLite has one connection for all requests. While a transaction of one is open, the statements of others wait, or they
 * would be part of it. Without one, reads do not wait, and a write waits for those that come in the same turn of the event
 * loop: what a write costs is to make its commit durable, and one commit is enough for all of them.
 */
export class SqliteTurns implements SqlConnection {
  readonly #connection: SqliteConnection
  readonly #inside = new AsyncLocalStorage<true>()
  #open: Promise<unknown> | undefined
  #waiting: WaitingWrite[] = []

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
    if (this.#inside.getStore() === true) return this.#connection.run(sql, parameters)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ sql, parameters, resolve, reject })
      if (this.#waiting.length === 1) setImmediate(() => void this.#writeTogether())
    })
  }

  /** Each of them as if it were alone: it is told of its own failure, and of success when the commit is durable. */
  async #writeTogether(): Promise<void> {
    while (this.#open !== undefined) await this.#turn()
    const writes = this.#waiting
    this.#waiting = []
    const outcomes = this.#commit(writes)
    for (const [at, { resolve, reject }] of writes.entries()) {
      const outcome = outcomes[at]
      if (typeof outcome === 'number') resolve(outcome)
      else reject(outcome?.error)
    }
  }

  #commit(writes: readonly WaitingWrite[]): readonly (number | { readonly error: unknown })[] {
    const alone = writes.length === 1
    try {
      if (!alone) this.#connection.run('begin immediate')
      const outcomes = writes.map(({ sql, parameters }) => {
        try {
          return this.#connection.run(sql, parameters)
        } catch (error) {
          // SQLite has undone this statement alone, or, where the disk failed, all of them.
          if (!alone && !this.#connection.isInTransaction()) throw error
          return { error }
        }
      })
      if (!alone) this.#connection.run('commit')
      return outcomes
    } catch (error) {
      this.#connection.rollBack()
      return writes.map(() => ({ error }))
    }
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

interface WaitingWrite {
  readonly sql: string
  readonly parameters: readonly unknown[]
  readonly resolve: (changes: number) => void
  readonly reject: (error: unknown) => void
}
