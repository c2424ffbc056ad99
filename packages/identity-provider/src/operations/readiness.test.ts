import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSealer } from '../secrets/sealer.ts'
import { createSigningKeys } from '../secrets/index.ts'
import { type Store, openSqliteStore } from '../store/index.ts'
import { type Readiness, type ReadinessOptions, createReadiness } from './readiness.ts'

const sealer = createSealer(new Uint8Array(32).fill(7))
const asked: ReadinessOptions = {
  isStopping: () => false,
  isOverloaded: () => false,
  timeoutMilliseconds: 1000,
}

describe('a node', () => {
  let store: Store
  beforeEach(async () => {
    store = await openSqliteStore({ path: ':memory:', sealer })
  })
  afterEach(async () => {
    vi.useRealTimers()
    await store.close()
  })
  const withKey = async (): Promise<unknown> =>
    createSigningKeys({ store: store.keys, sealer }).load(1_800_000_000)
  const readiness = async (options: Partial<ReadinessOptions> = {}): Promise<Readiness> =>
    createReadiness(store, { ...asked, ...options })()

  it('is not ready without a signing key, and ready with one', async () => {
    expect(await readiness()).toEqual({ notReady: ['signing_key'] })
    await withKey()
    expect(await readiness()).toEqual({ notReady: [] })
  })

  it('is not ready where the store fails, or does not answer in time', async () => {
    const silence = async (): Promise<never> => new Promise(() => {})
    const withoutKeys = { ...store, keys: { ...store.keys, list: silence } }
    const withoutLogins = { ...store, interactions: { ...store.interactions, read: silence } }
    for (const silent of [withoutKeys, withoutLogins]) {
      const late = createReadiness(silent, { ...asked, timeoutMilliseconds: 1 })
      expect(await late()).toEqual({ notReady: ['store'] })
    }
    await store.close()
    expect(await readiness()).toEqual({ notReady: ['store'] })
  })

  it('that is told to stop, or refuses requests, is not ready, so that no new one is sent to it', async () => {
    await withKey()
    expect(await readiness({ isStopping: () => true })).toEqual({ notReady: ['stopping'] })
    expect(await readiness({ isOverloaded: () => true })).toEqual({ notReady: ['overloaded'] })
  })

  it('asks the store one question at a time and one a second, however often it is asked', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    await withKey()
    let questions = 0
    let answering = (): void => {}
    const slow = {
      ...store,
      keys: {
        ...store.keys,
        async list() {
          questions += 1
          await new Promise<void>((resolve) => {
            answering = resolve
          })
          return store.keys.list()
        },
      },
    }
    let stopping = false
    const ready = createReadiness(slow, { ...asked, isStopping: () => stopping })
    const first = [ready(), ready(), ready()]
    answering()
    expect(await Promise.all(first)).toEqual(first.map(() => ({ notReady: [] })))
    expect(questions).toBe(1)
    // What the node knows by itself is never old.
    stopping = true
    expect(await ready()).toEqual({ notReady: ['stopping'] })
    vi.advanceTimersByTime(999)
    await ready()
    expect(questions).toBe(1)
    vi.advanceTimersByTime(1)
    const again = ready()
    answering()
    await again
    expect(questions).toBe(2)
  })
})
