import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type TestPostgres,
  postgresMissing,
  sampleAccount,
  startPostgres,
  storeContract,
} from '@newel/testing'
import { createSealer } from '../../secrets/sealer.ts'
import type { StoreError } from '../store-error.ts'
import { openPostgresStore } from './open-postgres-store.ts'

const sealer = createSealer(new Uint8Array(32).fill(7))
const missing = postgresMissing()

describe.skipIf(missing !== undefined)('on a real PostgreSQL', () => {
  let server: TestPostgres
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(async () => server.stop())

  storeContract('PostgreSQL', async () =>
    openPostgresStore({ url: await server.newDatabase(), sealer }),
  )

  describe('opening a PostgreSQL store', () => {
    it('migrates once when many nodes open a new database at the same time', async () => {
      const url = await server.newDatabase()
      const stores = await Promise.all(
        Array.from({ length: 5 }, async () => openPostgresStore({ url, sealer })),
      )
      expect(await stores[0]?.accounts.create(sampleAccount({ id: 'a' }))).toBe('created')
      expect(await stores[4]?.accounts.byId('a')).toBeDefined()
      await Promise.all(stores.map(async (store) => store.close()))
    })

    it('refuses a database that lacks migrations where none are to be applied, and leaves it as it is', async () => {
      const url = await server.newDatabase()
      expect(await codeOf(openPostgresStore({ url, sealer, migrate: false }))).toBe(
        'store_older_version',
      )
      expect(await tables(url)).toEqual([])
    })

    it('refuses a database that a newer release has changed', async () => {
      const url = await server.newDatabase()
      await (await openPostgresStore({ url, sealer })).close()
      await execute(
        url,
        "insert into kysely_migration (name, timestamp) values ('9999-later', 'now')",
      )
      expect(await codeOf(openPostgresStore({ url, sealer }))).toBe('store_newer_version')
    })

    it('refuses secrets that were sealed under another key', async () => {
      const url = await server.newDatabase()
      await (await openPostgresStore({ url, sealer })).close()
      const other = createSealer(new Uint8Array(32).fill(8))
      expect(await codeOf(openPostgresStore({ url, sealer: other }))).toBe('store_wrong_key')
    })

    it('says that nobody answers, without the password of the address', async () => {
      const url = 'postgres://newel:secret-in-the-address@127.0.0.1:9/none'
      const failure = await openPostgresStore({ url, sealer }).catch((error: unknown) => error)
      expect((failure as StoreError).code).toBe('store_unavailable')
      expect(String(failure)).not.toContain('secret-in-the-address')
    })
  })

  describe('a PostgreSQL server that is gone', () => {
    // One of its own: recovery takes as long as the server has work behind it.
    let fresh: TestPostgres
    beforeAll(async () => {
      fresh = await startPostgres()
    })
    afterAll(async () => fresh.stop())

    it('fails requests while it is away, and serves them when it is back with all that was committed', async () => {
      const store = await openPostgresStore({ url: await fresh.newDatabase(), sealer })
      await store.accounts.create(sampleAccount({ id: 'kept' }))
      await fresh.crash()
      expect(await codeOf(store.accounts.byId('kept'))).toBe('store_unavailable')
      await fresh.start()
      expect(await store.accounts.byId('kept')).toBeDefined()
      await store.close()
    })
  })

  describe('two nodes on one database', () => {
    it('let one of twenty callers redeem a code', async () => {
      const url = await server.newDatabase()
      const nodes = [
        await openPostgresStore({ url, sealer }),
        await openPostgresStore({ url, sealer }),
      ]
      await nodes[0]?.artifacts.upsert('AuthorizationCode', 'code', {}, 100)
      const winners = await Promise.all(
        Array.from({ length: 20 }, async (_, caller) =>
          nodes[caller % 2]?.artifacts.consume('AuthorizationCode', 'code', 10),
        ),
      )
      expect(winners.filter((won) => won === true)).toHaveLength(1)
      await Promise.all(nodes.map(async (node) => node.close()))
    })

    it('count every guess of twenty at once, and lock both', async () => {
      const url = await server.newDatabase()
      const nodes = [
        await openPostgresStore({ url, sealer }),
        await openPostgresStore({ url, sealer }),
      ]
      const limit = { attempts: 5, windowSeconds: 60, lockSeconds: 60 }
      const counted = await Promise.all(
        Array.from({ length: 20 }, async (_, guess) =>
          nodes[guess % 2]?.attempts.fail('key', 10, limit),
        ),
      )
      expect(counted.filter((count) => count?.counted === true)).toHaveLength(5)
      expect((await nodes[1]?.attempts.state('key', 10))?.lockedUntil).toBe(70)
      await Promise.all(nodes.map(async (node) => node.close()))
    })
  })
})

async function codeOf(step: Promise<unknown>): Promise<string> {
  try {
    await step
  } catch (error) {
    return (error as StoreError).code
  }
  return 'done'
}

async function tables(url: string): Promise<unknown[]> {
  return execute(url, "select tablename from pg_tables where schemaname = 'public'")
}

async function execute(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<Record<string, unknown>>(statement)
  await client.end()
  return rows
}
