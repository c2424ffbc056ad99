import { createLocalJWKSet, importJWK, jwtVerify, SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixedClock } from '@newel/testing'
import { openSqliteStore } from '../store/sqlite/open-sqlite-store.ts'
import type { Store } from '../store/store.ts'
import { createSealer } from './sealer.ts'
import { createSigningKeys } from './signing-keys.ts'
import type { SigningKeys } from './signing-keys.ts'

const schedule = { activeSeconds: 1000, publishedSeconds: 100, longestTokenSeconds: 300 }

describe('signing keys', () => {
  const sealer = createSealer(new Uint8Array(32).fill(3))
  const clock = fixedClock()
  let store: Store
  let keys: SigningKeys
  beforeEach(async () => {
    clock.set(1_800_000_000)
    store = await openSqliteStore({ path: ':memory:', sealer })
    keys = createSigningKeys({ store: store.keys, sealer })
  })
  afterEach(async () => store.close())

  const states = async (): Promise<string[]> =>
    (await keys.load(clock.now())).map(({ state }) => state)

  it('begin with one, whoever starts at the same time', async () => {
    const loads = await Promise.all(Array.from({ length: 5 }, async () => keys.load(clock.now())))
    expect(new Set(loads.flatMap((loaded) => loaded.map(({ kid }) => kid))).size).toBe(1)
    expect(await states()).toEqual(['active'])
  })

  it('are not readable in the store', async () => {
    const [key] = await keys.load(clock.now())
    const [stored] = await store.keys.list()
    const sealed = Buffer.from(stored?.sealedPrivateJwk ?? [])
    expect(key?.privateJwk.d).toHaveLength(43)
    expect(sealed.includes(String(key?.privateJwk.d))).toBe(false)
    expect(JSON.stringify(stored?.publicJwk)).not.toContain('"d"')
  })

  it('do not open in the place of another key', async () => {
    await keys.load(clock.now())
    const [stored] = await store.keys.list()
    if (!stored) throw new Error('no key')
    await store.keys.remove(stored.kid)
    await store.keys.add({ ...stored, kid: 'another' })
    await expect(keys.load(clock.now())).rejects.toMatchObject({ code: 'sealed_tampered' })
  })

  it('are published before they sign, and after, so that no token fails', async () => {
    const issued: string[] = []
    let seen: string[] = []
    for (let step = 0; step < 60; step++) {
      await keys.rotate(clock.now(), schedule)
      const loaded = await keys.load(clock.now())
      const [active] = loaded
      if (!active) throw new Error('no key')
      expect(active.state).toBe('active')
      // The verifier's copy of the key set is one step old.
      if (step > 0) expect(seen).toContain(active.kid)
      seen = loaded.map(({ kid }) => kid)
      const publicKeys = (await store.keys.list()).map(({ publicJwk }) => ({ ...publicJwk }))
      const verifier = createLocalJWKSet({ keys: publicKeys })
      const token = await new SignJWT({})
        .setProtectedHeader({ alg: 'ES256', kid: active.kid })
        .setExpirationTime(clock.now() + 300)
        .sign(await importJWK(active.privateJwk, 'ES256'))
      issued.push(token)
      const currentDate = new Date(clock.now() * 1000)
      for (const live of issued.slice(-6)) await jwtVerify(live, verifier, { currentDate })
      clock.advance(50)
    }
    expect((await store.keys.list()).length).toBeLessThanOrEqual(2)
    expect(new Set(issued.map((token) => token.split('.')[0])).size).toBeGreaterThan(2)
  })

  it('follow the schedule to the second', async () => {
    await keys.load(clock.now())
    clock.advance(999)
    expect(await keys.rotate(clock.now(), schedule)).toEqual(nothing)
    clock.advance(1)
    expect((await keys.rotate(clock.now(), schedule)).added).toHaveLength(1)
    expect(await states()).toEqual(['active', 'next'])
    clock.advance(99)
    expect(await keys.rotate(clock.now(), schedule)).toEqual(nothing)
    clock.advance(1)
    expect((await keys.rotate(clock.now(), schedule)).activated).toHaveLength(1)
    expect(await states()).toEqual(['active', 'retired'])
    clock.advance(299)
    expect(await keys.rotate(clock.now(), schedule)).toEqual(nothing)
    clock.advance(1)
    expect((await keys.rotate(clock.now(), schedule)).removed).toHaveLength(1)
    expect(await states()).toEqual(['active'])
  })

  it('are rotated by hand in steps that can be repeated', async () => {
    await keys.load(clock.now())
    expect(await keys.activateNext(clock.now())).toBeUndefined()
    const prepared = await keys.prepare(clock.now())
    expect(await keys.prepare(clock.now())).toBe(prepared)
    expect(await keys.activateNext(clock.now())).toBe(prepared)
    expect(await keys.activateNext(clock.now())).toBeUndefined()
    expect((await keys.load(clock.now()))[0]?.kid).toBe(prepared)
  })
})

const nothing = { added: [], activated: [], removed: [] }
