import { startRedis, redisMissing, type TestRedis } from '@newel/testing'
import { Redis } from 'iovalkey'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type BffStore, createBff, memoryStore, redisStore } from '../../src/bff.ts'
import { appOrigin, BffBank, Browser, secret } from './bff-bank.ts'

let bank: BffBank

beforeEach(async () => {
  bank = await BffBank.open()
})

afterEach(async () => {
  await bank.close()
})

const newer = 'the newer secret of this test, long enough'

describe('the session cookie', () => {
  it('is bound to the origin, hidden from scripts, and not sent along by other sites', async () => {
    const browser = bank.browser()
    const callback = await browser.callbackOf(await browser.navigate('/bff/login'))
    const lines = (await browser.navigate(callback)).headers.getSetCookie()
    const line = lines.find((one) => one.startsWith('__Host-newel-bff-session='))
    expect(line).toMatch(/; Path=\/; Max-Age=1800; HttpOnly; SameSite=Lax; Secure$/)
  })

  it('outlives a change of the secret, and not its removal', async () => {
    const browser = await bank.loggedIn()
    const both = new Browser(bank.bff({ secrets: [newer, secret] }), browser.cookies)
    expect(await both.session()).toMatchObject({ authenticated: true })
    const one = new Browser(bank.bff({ secrets: [newer] }), browser.cookies)
    expect(await one.session()).toEqual({ authenticated: false })
  })

  it('that was changed, cut or put in another place is none', async () => {
    const browser = await bank.loggedIn()
    const [name = '', value = ''] = [...browser.cookies][0] ?? []
    const middle = Math.floor(value.length / 2)
    const flipped = value[middle] === 'A' ? 'B' : 'A'
    for (const bad of [
      value.slice(0, middle) + flipped + value.slice(middle + 1),
      value.slice(0, -4),
      value.replace(/^1~/, '2~'),
      '1~',
      '',
    ]) {
      const other = new Browser(browser.bff, new Map([[name, bad]]))
      expect(await other.session()).toEqual({ authenticated: false })
    }
  })

  it('is split where it is longer than a cookie, and put together again', async () => {
    bank.provider.idTokenOverrides = { name: 'x'.repeat(5000) }
    const browser = await bank.loggedIn({ profileClaims: ['name'] })
    expect([...browser.cookies.keys()]).toEqual([
      '__Host-newel-bff-session',
      '__Host-newel-bff-session.1',
      ...([...browser.cookies.keys()].length === 3 ? ['__Host-newel-bff-session.2'] : []),
    ])
    for (const [name, value] of browser.cookies) {
      expect(name.length + value.length).toBeLessThan(4000)
    }
    expect(await browser.session()).toMatchObject({ profile: { name: 'x'.repeat(5000) } })
    await browser.script('/bff/logout', { method: 'POST' })
    expect(browser.cookies.size).toBe(0)
  })

  it('of a session that fits into no cookies is an error of the app', async () => {
    bank.provider.idTokenOverrides = { name: 'x'.repeat(20_000) }
    const browser = bank.browser({ profileClaims: ['name'] })
    await expect(browser.logIn()).resolves.toBe('/details?bff_error=configuration')
  })

  it('has neither prefix nor `Secure` on loopback, and is refused on plain http elsewhere', () => {
    const options = {
      issuer: bank.provider.issuer,
      clientId: 'bank',
      apiOrigins: [],
      secrets: [secret],
    }
    expect(() => createBff({ ...options, origin: 'http://localhost:3000' })).not.toThrow()
    expect(() => createBff({ ...options, origin: 'http://bank.example' })).toThrow(
      expect.objectContaining({ code: 'configuration' }),
    )
    expect(() => createBff({ ...options, origin: appOrigin, secrets: ['short'] })).toThrow(
      expect.objectContaining({ code: 'configuration' }),
    )
  })
})

let redis: TestRedis | undefined
let client: Redis | undefined

beforeAll(async () => {
  if (redisMissing() !== undefined) return
  redis = await startRedis()
  client = new Redis(redis.url)
})

afterAll(async () => {
  client?.disconnect()
  await redis?.stop()
})

describe.each(['memory', 'redis'] as const)('a store in %s', (kind) => {
  const missing = kind === 'redis' && redisMissing() !== undefined

  function store(): BffStore {
    if (kind === 'memory') return memoryStore(() => bank.clock.now)
    if (!client) throw new Error('Redis is not there')
    return redisStore(client, `test-${Math.random()}:`)
  }

  it.skipIf(missing)(
    'lets one of many add, one of many take, and brings nothing back',
    async () => {
      const one = store()
      const added = await Promise.all(Array.from({ length: 8 }, () => one.add('k', 'v', 60)))
      expect(added.filter(Boolean)).toHaveLength(1)
      const taken = await Promise.all(Array.from({ length: 8 }, () => one.take('k')))
      expect(taken.filter((value) => value === 'v')).toHaveLength(1)
      expect(await one.replace('k', 'again', 60)).toBe(false)
      await one.touch('k', 60)
      expect(await one.get('k')).toBeUndefined()
      await one.put('k', 'first', 60)
      expect(await one.replace('k', 'second', 60)).toBe(true)
      expect(await one.get('k')).toBe('second')
      await one.remove('k')
      expect(await one.get('k')).toBeUndefined()
    },
  )

  it.skipIf(missing)(
    'carries a session and a parked call from one process to another',
    async () => {
      const shared = store()
      const browser = await bank.loggedIn({ sessions: 'store', store: shared })
      const start = await browser.navigate('/api/details', {
        method: 'POST',
        body: 'iban=DE02',
        headers: { origin: appOrigin },
      })
      const other = new Browser(bank.bff({ sessions: 'store', store: shared }), browser.cookies)
      const to = await other.visit(start)
      expect(await (await other.navigate(to)).text()).toBe('done')
      expect(await browser.session()).toEqual({ authenticated: false })
    },
  )
})

describe.skipIf(redisMissing() !== undefined)('what Redis holds', () => {
  it('is of use to nobody who reads it', async () => {
    if (!client) throw new Error('Redis is not there')
    const shared = redisStore(client)
    const browser = await bank.loggedIn({ sessions: 'store', store: shared })
    await browser.navigate('/api/details', {
      method: 'POST',
      body: 'iban=DE02',
      headers: { origin: appOrigin },
    })
    const keys = await client.keys('newel:bff:*')
    const values = await client.mget(keys)
    const all = JSON.stringify([keys, values])
    const id = browser.cookies.get('__Host-newel-bff-session')?.replace('1~', '') ?? ''
    expect(keys.length).toBeGreaterThan(2)
    for (const text of ['alice', 'eyJ', 'iban', 'rt-', id]) expect(all).not.toContain(text)
  })

  it('moved to another name is nothing', async () => {
    if (!client) throw new Error('Redis is not there')
    const shared = redisStore(client, 'moved:')
    const alice = await bank.loggedIn({ sessions: 'store', store: shared })
    const [hers = ''] = await client.keys('moved:session:*')
    bank.provider.person = { sub: 'bob', acr: 'basic', authTime: bank.clock.now }
    const bob = await bank.loggedIn({ sessions: 'store', store: shared })
    const his = (await client.keys('moved:session:*')).find((key) => key !== hers) ?? ''
    await client.set(his, (await client.get(hers)) ?? '')
    expect(await alice.session()).toMatchObject({ subject: 'alice' })
    expect(await bob.session()).toEqual({ authenticated: false })
  })

  it('lets nothing pass while it is away', async () => {
    if (!redis) throw new Error('Redis is not there')
    const impatient = new Redis(redis.url, { maxRetriesPerRequest: 0, enableOfflineQueue: false })
    impatient.on('error', () => {})
    await new Promise((resolve) => {
      impatient.once('ready', resolve)
    })
    const browser = await bank.loggedIn({ sessions: 'store', store: redisStore(impatient) })
    impatient.disconnect()
    const answer = await browser.script('/api/accounts')
    expect([answer.status, await answer.json()]).toEqual([503, { error: 'store_unusable' }])
    expect(bank.api.calls).toHaveLength(0)
  })
})
