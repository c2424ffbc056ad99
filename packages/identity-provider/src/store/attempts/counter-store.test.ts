import { Kysely } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { redisMissing, startRedis } from '@newel/testing'
import { RedisConnection } from '../redis/redis-connection.ts'
import { redisCounterStore } from '../redis/redis-counter-store.ts'
import type { Schema } from '../sql/schema.ts'
import { sqlCounterStore } from '../sql/sql-counter-store.ts'
import { bringUpToDate } from '../sqlite/database-version.ts'
import { SqliteConnection } from '../sqlite/sqlite-connection.ts'
import { sqliteDialect } from '../sqlite/sqlite-dialect.ts'
import { SqliteTurns } from '../sqlite/sqlite-turns.ts'
import type { CounterStore } from './counter-store.ts'

interface OpenCounters {
  readonly counters: CounterStore
  close(): Promise<void>
}

async function onSqlite(): Promise<OpenCounters> {
  const connection = new SqliteConnection(':memory:', 0)
  const db = new Kysely<Schema>({ dialect: sqliteDialect(connection) })
  await bringUpToDate(connection, db)
  return {
    counters: sqlCounterStore(new SqliteTurns(connection), db),
    close: async () => connection.close(),
  }
}

async function onRedis(): Promise<OpenCounters> {
  const server = await startRedis()
  const connection = new RedisConnection(server.url, 'test:', 2000)
  await connection.open()
  return {
    counters: redisCounterStore(connection),
    async close() {
      connection.close()
      await server.stop()
    },
  }
}

// PostgreSQL runs the statements of SQLite; the contract of the attempts covers it.
describe.each([
  ['SQLite', onSqlite],
  ...(redisMissing() === undefined ? ([['Redis', onRedis]] as const) : []),
] as const)('counters on %s', (_, open) => {
  let opened: OpenCounters
  let counters: CounterStore
  beforeEach(async () => {
    opened = await open()
    ;({ counters } = opened)
  })
  afterEach(async () => opened.close())

  it('keep the end of the window in which counting began', async () => {
    await counters.add('k', 1, 100, 10)
    expect(await counters.add('k', 2, 200, 99)).toEqual({
      points: 3,
      blocked: false,
      expiresAt: 100,
    })
    expect(await counters.add('k', 1, 200, 100)).toEqual({
      points: 1,
      blocked: false,
      expiresAt: 200,
    })
  })

  it('add nothing while blocked, and take nothing away', async () => {
    await counters.block('k', 6, 100, 10)
    for (const points of [1, -1]) {
      expect(await counters.add('k', points, 500, 50)).toEqual({
        points: 6,
        blocked: true,
        expiresAt: 100,
      })
    }
    expect(await counters.add('k', 1, 500, 100)).toMatchObject({ points: 1, blocked: false })
  })

  it('are not blocked for a shorter time by a block that comes late', async () => {
    await counters.block('k', 6, 600, 10)
    expect(await counters.block('k', 6, 300, 10)).toMatchObject({ expiresAt: 600 })
    expect(await counters.block('k', 6, 900, 10)).toMatchObject({ expiresAt: 900 })
  })

  it('begin at nothing where something is taken away from nothing', async () => {
    expect(await counters.add('k', -1, 100, 10)).toMatchObject({ points: 0 })
    expect(await counters.add('k', 1, 200, 20)).toMatchObject({ points: 1, expiresAt: 200 })
  })

  it('that are put lift a block', async () => {
    await counters.block('k', 6, 600, 10)
    expect(await counters.put('k', 4, 300)).toEqual({ points: 4, blocked: false, expiresAt: 300 })
    expect(await counters.read('k', 300)).toBeUndefined()
  })
})
