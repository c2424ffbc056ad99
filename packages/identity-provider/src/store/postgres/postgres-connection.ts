import { AsyncLocalStorage } from 'node:async_hooks'
import type { Pool, PoolClient, QueryResult } from 'pg'
import type { Row, SqlConnection } from '../sql/sql-connection.ts'
import { storeErrorOf } from './postgres-errors.ts'

/** The one place that sends statements to PostgreSQL: each alone on the pool, or within the transaction that it runs in. */
export class PostgresConnection implements SqlConnection {
  readonly #pool: Pool
  readonly #inside = new AsyncLocalStorage<PoolClient>()
  /** Names of prepared statements: their texts are those of `sql/`, a bounded set. */
  readonly #names = new Map<string, string>()

  constructor(pool: Pool) {
    this.#pool = pool
  }

  async first(sql: string, parameters: readonly unknown[]): Promise<Row | undefined> {
    return (await this.#query(sql, parameters)).rows[0]
  }

  async all(sql: string, parameters: readonly unknown[]): Promise<Row[]> {
    return (await this.#query(sql, parameters)).rows
  }

  async run(sql: string, parameters: readonly unknown[] = []): Promise<number> {
    return (await this.#query(sql, parameters)).rowCount ?? 0
  }

  async transaction<Result>(lock: string, steps: () => Promise<Result>): Promise<Result> {
    const client = await guarded(async () => this.#pool.connect())
    let broken: Error | undefined
    try {
      await guarded(async () => client.query('begin'))
      try {
        // Held to the end of the transaction, and let go by the server itself where this process dies.
        await guarded(async () =>
          client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [lock]),
        )
        const result = await this.#inside.run(client, steps)
        await guarded(async () => client.query('commit'))
        return result
      } catch (error) {
        // The connection is not used again, and what went wrong first is what is told.
        await client.query('rollback').catch(() => {})
        throw error
      }
    } catch (error) {
      broken = error instanceof Error ? error : new Error('the transaction failed')
      throw error
    } finally {
      // A connection that failed is not given to the next request.
      client.release(broken)
    }
  }

  async #query(sql: string, parameters: readonly unknown[]): Promise<QueryResult<Row>> {
    const client = this.#inside.getStore() ?? this.#pool
    return guarded(async () =>
      client.query<Row>({ name: this.#nameOf(sql), text: sql, values: parameters.map(sendable) }),
    )
  }

  #nameOf(sql: string): string {
    const known = this.#names.get(sql)
    if (known !== undefined) return known
    const name = `newel_${this.#names.size}`
    this.#names.set(sql, name)
    return name
  }
}

/** PostgreSQL has no U+0000 in text, which strangers may send: it becomes the sign for what cannot be shown. */
function sendable(value: unknown): unknown {
  return typeof value === 'string' && value.includes('\0')
    ? value.replaceAll('\0', '\uFFFD')
    : value
}

async function guarded<Result>(step: () => Promise<Result>): Promise<Result> {
  try {
    return await step()
  } catch (error) {
    throw storeErrorOf(error)
  }
}
