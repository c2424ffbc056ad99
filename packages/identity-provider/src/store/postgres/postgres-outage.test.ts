import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestPostgres, postgresMissing, startPostgres } from '@newel/testing'
import { Pool } from 'pg'
import { createSealer } from '../../secrets/index.ts'
import { openPostgresStore } from './open-postgres-store.ts'

describe.skipIf(postgresMissing() !== undefined)('a store on PostgreSQL', () => {
  let server: TestPostgres
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(async () => server.stop())

  it('fails with what went wrong, and the process lives, where its connection dies within a transaction', async () => {
    const url = await server.newDatabase()
    const store = await openPostgresStore({ url, sealer: createSealer(randomBytes(32)) })
    const other = new Pool({ connectionString: url })
    const holder = await other.connect()
    const key = 'account sub-ada'
    await holder.query('select pg_advisory_lock(hashtextextended($1, 0))', [key])
    const waiting = store.accounts.remove('sub-ada').catch((error: unknown) => error)
    await holder.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'newel'`,
    )
    expect(await waiting).toMatchObject({ code: 'store_unavailable' })
    holder.release()
    await other.end()
    expect(await store.accounts.remove('sub-ada')).toBe(false)
    await store.close()
  })
})
