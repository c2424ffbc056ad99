import { describe, expect, it } from 'vitest'
import { createSealer } from '../secrets/sealer.ts'
import { createSigningKeys } from '../secrets/index.ts'
import { openSqliteStore } from '../store/index.ts'
import { readinessOf } from './readiness.ts'

const sealer = createSealer(new Uint8Array(32).fill(7))
const asked = { stopping: false, timeoutMilliseconds: 1000 }

describe('a node', () => {
  it('is not ready without a signing key, and ready with one', async () => {
    const store = await openSqliteStore({ path: ':memory:', sealer })
    expect(await readinessOf(store, asked)).toEqual({ notReady: ['signing_key'] })
    await createSigningKeys({ store: store.keys, sealer }).load(1_800_000_000)
    expect(await readinessOf(store, asked)).toEqual({ notReady: [] })
    await store.close()
  })

  it('is not ready where the store fails, or does not answer in time', async () => {
    const store = await openSqliteStore({ path: ':memory:', sealer })
    await store.close()
    expect(await readinessOf(store, asked)).toEqual({ notReady: ['store'] })
    const silent = { keys: { ...store.keys, list: async () => new Promise<never>(() => {}) } }
    expect(await readinessOf(silent, { ...asked, timeoutMilliseconds: 1 })).toEqual({
      notReady: ['store'],
    })
  })

  it('that is told to stop is not ready, so that no new request is sent to it', async () => {
    const store = await openSqliteStore({ path: ':memory:', sealer })
    await createSigningKeys({ store: store.keys, sealer }).load(1_800_000_000)
    expect(await readinessOf(store, { ...asked, stopping: true })).toEqual({
      notReady: ['stopping'],
    })
    await store.close()
  })
})
