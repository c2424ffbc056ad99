import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  postgresMissing,
  redisMissing,
  startPostgres,
  startRedis,
  storeContract,
} from '@newel/testing'
import type { TestPostgres, TestRedis } from '@newel/testing'
import { createSealer } from '../../secrets/sealer.ts'
import { openPostgresStore } from '../postgres/open-postgres-store.ts'
import { openSqliteStore } from '../sqlite/open-sqlite-store.ts'
import { StoreError } from '../store-error.ts'
import type { Store } from '../store.ts'
import { withRedis } from './with-redis.ts'

const sealer = createSealer(new Uint8Array(32).fill(7))
const missing = redisMissing()
const limit = { attempts: 5, windowSeconds: 60, lockSeconds: 60 }

describe.skipIf(missing !== undefined)(`on a real Redis${missing ? ` (${missing})` : ''}`, () => {
  let server: TestRedis
  let prefixes = 0
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(async () => server.stop())

  async function open(prefix = `test${prefixes++}:`): Promise<Store> {
    const durable = await openSqliteStore({ path: ':memory:', sealer })
    return withRedis(durable, { url: server.url, sealer, prefix, timeoutMilliseconds: 1000 })
  }

  storeContract('SQLite and Redis', async () => open())

  describe.skipIf(postgresMissing() !== undefined)('beside a real PostgreSQL', () => {
    let postgres: TestPostgres
    beforeAll(async () => {
      postgres = await startPostgres()
    })
    afterAll(async () => postgres.stop())

    storeContract('PostgreSQL and Redis', async () => {
      const durable = await openPostgresStore({ url: await postgres.newDatabase(), sealer })
      return withRedis(durable, { url: server.url, sealer, prefix: `test${prefixes++}:` })
    })
  })

  describe('two nodes on one Redis', () => {
    it('let one of twenty callers redeem a code', async () => {
      const nodes = [await open('codes:'), await open('codes:')] as const
      await nodes[0].artifacts.upsert('AuthorizationCode', 'code', {}, 100)
      const won = await Promise.all(
        Array.from({ length: 20 }, async (_, caller) =>
          nodes[caller % 2]?.artifacts.consume('AuthorizationCode', 'code', 10),
        ),
      )
      expect(won.filter((one) => one === true)).toHaveLength(1)
      await Promise.all(nodes.map(async (node) => node.close()))
    })

    it('count every guess of twenty at once, and lock both', async () => {
      const nodes = [await open('guesses:'), await open('guesses:')] as const
      const counted = await Promise.all(
        Array.from({ length: 20 }, async (_, guess) =>
          nodes[guess % 2]?.attempts.fail('key', 10, limit),
        ),
      )
      expect(counted.filter((one) => one?.counted === true)).toHaveLength(5)
      expect((await nodes[1].attempts.state('key', 10)).lockedUntil).toBe(70)
      await Promise.all(nodes.map(async (node) => node.close()))
    })

    it('know nothing of each other under different prefixes', async () => {
      const nodes = [await open('one:'), await open('two:')] as const
      await nodes[0].artifacts.upsert('AuthorizationCode', 'code', { grantId: 'g' }, 100)
      await nodes[1].artifacts.revokeByGrantId('g')
      expect(await nodes[1].artifacts.find('AuthorizationCode', 'code', 10)).toBeUndefined()
      expect(await nodes[0].artifacts.find('AuthorizationCode', 'code', 10)).toBeDefined()
      await Promise.all(nodes.map(async (node) => node.close()))
    })
  })

  describe('a Redis that is gone', () => {
    it('fails calls at once, and serves them when it is back with all that was acknowledged', async () => {
      const store = await open()
      await store.artifacts.upsert('AuthorizationCode', 'code', {}, 100)
      await store.artifacts.consume('AuthorizationCode', 'code', 10)
      await server.crash()
      const away = { name: 'StoreError', code: 'store_unavailable' }
      await expect(store.artifacts.find('AuthorizationCode', 'code', 10)).rejects.toMatchObject(
        away,
      )
      await expect(store.attempts.fail('key', 10, limit)).rejects.toMatchObject(away)
      await server.start()
      await expect
        .poll(async () => consumeOrFail(store), { timeout: 5000, interval: 20 })
        .toBe(false)
      await store.close()
    })

    it('is said when opening, without the password of the address', async () => {
      const url = 'redis://newel:secret-in-the-address@127.0.0.1:9/0'
      const durable = await openSqliteStore({ path: ':memory:', sealer })
      const failure = await withRedis(durable, { url, sealer }).catch((error: unknown) => error)
      expect(failure).toMatchObject({ code: 'store_unavailable' })
      expect(String(failure)).not.toContain('secret-in-the-address')
      await expect(durable.accounts.byId('a')).rejects.toMatchObject({ code: 'store_closed' })
    })
  })
})

async function consumeOrFail(store: Store): Promise<boolean | string> {
  try {
    return await store.artifacts.consume('AuthorizationCode', 'code', 11)
  } catch (error) {
    if (error instanceof StoreError) return error.code
    throw error
  }
}
