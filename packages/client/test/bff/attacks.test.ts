import { redisMissing, startRedis, type TestRedis } from '@newel/testing'
import { Redis } from 'iovalkey'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type BffStore, memoryStore, redisStore } from '../../src/bff.ts'
import { appOrigin, BffBank, Browser, form } from './bff-bank.ts'
import { logoutClaims, logoutNotice, logoutTokenType } from './logout-notice.ts'

let bank: BffBank

beforeEach(async () => {
  bank = await BffBank.open()
})

afterEach(async () => {
  await bank.close()
})

const sessionCookie = '__Host-newel-bff-session'
const detailsPosts = () =>
  bank.api.calls.filter(({ path, method }) => path === '/details' && method === 'POST')

function asPerson(sub: string): void {
  bank.provider.person = { sub, acr: 'basic', authTime: bank.clock.now }
}

describe.each(['cookie', 'store'] as const)('an attacker, sessions in the %s', (sessions) => {
  it('gains nothing from a session that they planted before the login (session fixation)', async () => {
    asPerson('mallory')
    const mallory = await bank.loggedIn({ sessions })
    asPerson('alice')
    const victim = new Browser(mallory.bff, mallory.cookies)
    await victim.logIn()
    expect(await victim.session()).toMatchObject({ subject: 'alice' })
    expect(victim.cookies.get(sessionCookie)).not.toBe(mallory.cookies.get(sessionCookie))
    expect(await mallory.session()).toEqual({ authenticated: false })
  })

  it("does not raise their own session by the victim's step-up, nor the victim's by their own", async () => {
    const alice = await bank.loggedIn({ sessions })
    const hers = await alice.callbackOf(await alice.navigate('/api/details', form))
    asPerson('mallory')
    const mallory = new Browser(alice.bff)
    await mallory.logIn()
    // All cookies of the trip, and the session of another.
    const mixed = new Browser(alice.bff, alice.cookies)
    mixed.cookies.set(sessionCookie, mallory.cookies.get(sessionCookie) ?? '')
    expect((await mixed.navigate(hers)).headers.get('location')).toBe(
      '/details?bff_error=login_required',
    )
    expect(await mallory.session()).toMatchObject({ subject: 'mallory', acr: 'basic' })
    expect(await alice.session()).toMatchObject({ subject: 'alice', acr: 'basic' })
    expect(detailsPosts()).toHaveLength(1)
  })

  it('does not use up what another session has parked', async () => {
    const alice = await bank.loggedIn({ sessions })
    const start = await alice.navigate('/api/details', form)
    const callback = await alice.callbackOf(start)
    const shown = (await alice.navigate(callback)).headers.get('location') ?? ''
    asPerson('mallory')
    const mallory = new Browser(alice.bff)
    await mallory.logIn()
    expect((await mallory.navigate(shown)).status).toBe(404)
    expect(await (await alice.navigate(shown)).text()).toBe('done')
  })

  it('finds a sealed cookie good at no other place', async () => {
    const browser = await bank.loggedIn({ sessions })
    await browser.navigate('/api/details', form)
    const trip = [...browser.cookies].find(([name]) => name.includes('trip-'))
    const swapped = new Browser(browser.bff, new Map([[sessionCookie, `1~${trip?.[1]}`]]))
    expect(await swapped.session()).toEqual({ authenticated: false })
  })
})

describe('requests on their way while the session is raised', () => {
  it.each(['cookie', 'store'] as const)(
    'come to their end at their own level, and do not undo the raise, sessions in the %s',
    async (sessions) => {
      const browser = await bank.loggedIn({ sessions })
      const callback = await browser.callbackOf(await browser.navigate('/api/details'))
      // The token is about to end, so the other tab's call refreshes: its answer changes cookies.
      bank.clock.advance(295)
      const other = new Browser(browser.bff, browser.cookies)
      const letGo = bank.provider.holdRefresh()
      const late = other.bff.handle(other.request('/api/accounts'))
      await bank.provider.refreshHeld
      await browser.navigate(callback)
      letGo()
      const answer = await late
      expect(answer?.status).toBe(200)
      expect(answer?.headers.getSetCookie()).toEqual([])
      expect(await browser.session()).toMatchObject({ authenticated: true, acr: 'mfa' })
      // It was on its way; who comes with the old cookie now is nobody.
      expect((await other.script('/api/accounts')).status).toBe(401)
    },
  )

  it.each(['cookie', 'store'] as const)(
    'are two step-ups at once, which both come to a good end (21), sessions in the %s',
    async (sessions) => {
      const browser = await bank.loggedIn({ sessions })
      const first = await browser.callbackOf(await browser.navigate('/api/details', form))
      const second = await browser.callbackOf(await browser.navigate('/api/details', form))
      // Both leave the browser before it has heard of either answer.
      const other = new Browser(browser.bff, browser.cookies)
      const ends = [await browser.navigate(first), await other.navigate(second)]
      for (const end of ends) expect(end.headers.get('location')).toMatch(/^\/bff\/call\?id=/)
      expect(await other.session()).toMatchObject({ acr: 'mfa' })
    },
  )

  it('do not bring a session back that was raised long ago, or ended', async () => {
    const browser = await bank.loggedIn()
    const callbacks: string[] = []
    for (let count = 0; count < 3; count += 1) {
      callbacks.push(await browser.callbackOf(await browser.navigate('/api/details', form)))
    }
    const [first = '', second = '', third = ''] = callbacks
    const late = new Browser(browser.bff, browser.cookies)
    const ended = new Browser(browser.bff, browser.cookies)
    await browser.navigate(first)
    bank.clock.advance(61)
    const end = await late.navigate(second)
    expect(end.headers.get('location')).toBe('/details?bff_error=login_required')
    await browser.script('/bff/logout', { method: 'POST' })
    const over = await ended.navigate(third)
    expect(over.headers.get('location')).toBe('/details?bff_error=login_required')
    expect(await ended.session()).toEqual({ authenticated: false })
  })

  it('put no old cookie back where the API took its time', async () => {
    const browser = await bank.loggedIn()
    const callback = await browser.callbackOf(await browser.navigate('/api/details'))
    // The cookie is written anew for the idle limit.
    bank.clock.advance(61)
    const other = new Browser(browser.bff, browser.cookies)
    const letGo = bank.api.hold()
    const late = other.bff.handle(other.request('/api/accounts'))
    while (bank.api.calls.at(-1)?.path !== '/accounts') await new Promise(setImmediate)
    await browser.navigate(callback)
    letGo()
    const answer = await late
    expect([answer?.status, answer?.headers.getSetCookie()]).toEqual([200, []])
    expect(await browser.session()).toMatchObject({ acr: 'mfa' })
  })

  it.each(['cookie', 'store'] as const)(
    'end where the person has logged out meanwhile, sessions in the %s',
    async (sessions) => {
      const browser = await bank.loggedIn({ sessions })
      bank.clock.advance(295)
      const other = new Browser(browser.bff, browser.cookies)
      const letGo = bank.provider.holdRefresh()
      const late = other.bff.handle(other.request('/api/accounts'))
      await bank.provider.refreshHeld
      await browser.script('/bff/logout', { method: 'POST' })
      letGo()
      const answer = await late
      expect(answer?.status).toBe(401)
      expect(bank.api.calls).toHaveLength(0)
      expect(answer?.headers.getSetCookie().join('')).not.toMatch(/session=[^;]/)
    },
  )
})

describe('what a browser can carry', () => {
  it.each([2000, 5000, 15_000])(
    'is not exceeded by an address of %i characters to come back to',
    async (length) => {
      const browser = bank.browser()
      const address = `/page?q=${'x'.repeat(length)}`
      const start = await browser.navigate(
        `/bff/login?${new URLSearchParams({ return_to: address }).toString()}`,
      )
      for (const line of start.headers.getSetCookie()) {
        expect(line.slice(0, line.indexOf(';')).length).toBeLessThan(4096)
      }
      const back = await browser.visit(start)
      expect(back.startsWith('/')).toBe(true)
      expect(await browser.session()).toMatchObject({ authenticated: true })
    },
  )

  it('is not exceeded by trips that other sites begin: servers take 16 kB of headers', async () => {
    bank.provider.idTokenOverrides = { name: 'x'.repeat(5500) }
    const browser = await bank.loggedIn({ profileClaims: ['name'] })
    for (let count = 0; count < 12; count += 1) {
      await browser.navigate(`/bff/login?return_to=/page?q=${'x'.repeat(900)}`)
    }
    const header = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    expect(header.length).toBeLessThan(14_000)
    expect(await browser.logIn()).toBe('/details')
  })
})

describe('an address to come back to', () => {
  it.each(['//bff/login', '/bff/login', 'https://bank.example//bff/login', '/.//bff/login'])(
    'is no route of the backend: %s',
    async (address) => {
      const browser = bank.browser()
      const query = new URLSearchParams({ return_to: address }).toString()
      expect(await browser.logIn(`/bff/login?${query}`)).toBe('/')
    },
  )

  it.each(['bff_form', 'bff_call', 'bff_error'])('carries no `%s` in', async (name) => {
    const browser = bank.browser()
    const query = new URLSearchParams({ return_to: `/page?${name}=x&a=1` }).toString()
    expect(await browser.logIn(`/bff/login?${query}`)).toBe('/page?a=1')
  })
})

describe('a session at a provider that names no `sid` in its ID tokens', () => {
  it('ends with a logout token of its subject, whatever `sid` that has (fail closed)', async () => {
    const browser = await bank.loggedIn()
    bank.provider.idTokenOverrides = { sid: 'session-2' }
    const named = new Browser(browser.bff)
    await named.logIn()
    const token = await bank.provider.sign(logoutClaims(bank.provider), { typ: logoutTokenType })
    expect((await browser.bff.handle(logoutNotice(token)))?.status).toBe(200)
    expect(await browser.session()).toEqual({ authenticated: false })
    expect(await named.session()).toMatchObject({ authenticated: true })
  })
})

describe('parked calls and forms', () => {
  it('of one session are few: the store is not for filling', async () => {
    const browser = await bank.loggedIn()
    const guard = browser.bff.require({ acr: 'mfa' })
    const ends = new Map<string, number>()
    for (let count = 0; count < 24; count += 1) {
      const start =
        count % 2 === 0
          ? await browser.navigate('/api/details', form)
          : await guard
              .judge(
                browser.request('/own', {
                  ...form,
                  headers: { ...form.headers, accept: 'text/html' },
                }),
              )
              .then((outcome) => (outcome.outcome === 'answered' ? outcome.answer : undefined))
      const location = start?.headers.get('location') ?? ''
      const end = location.startsWith(bank.provider.issuer)
        ? 'parked'
        : (new URL(location, appOrigin).searchParams.get('bff_error') ?? '')
      ends.set(end, (ends.get(end) ?? 0) + 1)
    }
    expect(Object.fromEntries(ends)).toEqual({ parked: 10, call_not_kept: 14 })
    bank.clock.advance(601)
    const later = await browser.navigate('/api/details', form)
    expect(later.headers.get('location')).toContain(bank.provider.issuer)
  })
})

let redis: TestRedis | undefined

beforeAll(async () => {
  if (redisMissing() === undefined) redis = await startRedis()
})

afterAll(async () => {
  await redis?.stop()
})

describe.skipIf(redisMissing() !== undefined)('two processes with one Redis', () => {
  const clients: Redis[] = []
  let prefix: string
  const store = (): BffStore => {
    const client = new Redis(redis?.url ?? '', { maxRetriesPerRequest: 0 })
    client.on('error', () => {})
    clients.push(client)
    return redisStore(client, prefix)
  }

  beforeEach(() => {
    prefix = `test-${crypto.randomUUID()}:`
  })

  afterEach(() => {
    for (const client of clients.splice(0)) client.disconnect()
  })

  it.each(['cookie', 'store'] as const)(
    'refresh once and step up once between them, sessions in the %s',
    async (sessions) => {
      const one = await bank.loggedIn({ sessions, store: store() })
      const two = new Browser(bank.bff({ sessions, store: store() }), one.cookies)
      bank.clock.advance(295)
      const calls = Array.from({ length: 10 }, (_, index) =>
        (index % 2 === 0 ? one : two).bff.handle(one.request('/api/accounts')),
      )
      for (const answer of await Promise.all(calls)) expect(answer?.status).toBe(200)
      const refreshes = bank.provider.tokenRequests.filter(
        (request) => request.get('grant_type') === 'refresh_token',
      )
      expect(refreshes).toHaveLength(1)

      const headers = { 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin' }
      const told = await Promise.all(
        Array.from({ length: 10 }, async (_, index) => {
          const at = index % 2 === 0 ? one : two
          const answer = await at.bff.handle(one.request('/api/details', { headers }))
          return ((await answer?.json()) as { location?: string } | undefined)?.location
        }),
      )
      expect([...new Set(told)]).toEqual([expect.stringMatching(/^\/bff\/step-up/)])
    },
  )

  it('send a parked call once where the callback comes to both', async () => {
    const one = await bank.loggedIn({ sessions: 'store', store: store() })
    const callback = await one.callbackOf(await one.navigate('/api/details', form))
    const two = new Browser(bank.bff({ sessions: 'store', store: store() }), one.cookies)
    const ends = await Promise.all([one, two].map((each) => each.navigate(callback)))
    expect(
      ends
        .map((end) => (end.headers.get('location') ?? '').split('?')[0])
        .toSorted((a = '', b = '') => a.localeCompare(b)),
    ).toEqual(['/', '/bff/call'])
    // Once before the step-up, once after.
    expect(detailsPosts()).toHaveLength(2)
  })
})

describe('the store gone', () => {
  function failing(): { readonly store: BffStore; fails: boolean } {
    const whole = memoryStore(() => bank.clock.now)
    const state = { fails: false }
    const store = Object.fromEntries(
      Object.entries(whole).map(([name, method]) => [
        name,
        async (...values: unknown[]) => {
          if (state.fails) throw new Error('connect ECONNREFUSED redis://:password@10.0.0.1')
          return (method as (...all: unknown[]) => Promise<unknown>)(...values)
        },
      ]),
    ) as unknown as BffStore
    return Object.assign(state, { store })
  }

  it.each(['cookie', 'store'] as const)(
    'lets nothing pass and says so by a code, with nothing of the store in it, sessions in the %s',
    async (sessions) => {
      const state = failing()
      const browser = await bank.loggedIn({ sessions, store: state.store })
      const callback = await browser.callbackOf(await browser.navigate('/api/details', form))
      state.fails = true
      for (const path of ['/api/accounts', '/bff/session']) {
        const answer = await browser.script(path)
        expect([answer.status, await answer.json()]).toEqual([503, { error: 'store_unusable' }])
      }
      const logout = await browser.script('/bff/logout', { method: 'POST' })
      expect(logout.status).toBe(503)
      const guarded = await browser.bff
        .require({ acr: 'basic' })
        .judge(browser.request('/own', { headers: { 'x-newel-csrf': '1' } }))
      expect(guarded.outcome === 'answered' && guarded.answer.status).toBe(503)
      const page = await browser.navigate(callback)
      expect(page.status).toBe(503)
      expect(await page.text()).toContain('data-error="store_unusable"')
      expect(detailsPosts()).toHaveLength(1)
      await expect(browser.bff.session(browser.request('/'))).rejects.toMatchObject({
        code: 'store_unusable',
      })
      expect(bank.events.at(-1)).toMatchObject({ type: 'error', error: { code: 'store_unusable' } })
      state.fails = false
      expect(await browser.session()).toMatchObject({ authenticated: true, acr: 'basic' })
    },
  )

  it('between the code and the session leaves the session as it was', async () => {
    const state = failing()
    const browser = await bank.loggedIn({ sessions: 'store', store: state.store })
    const callback = await browser.callbackOf(await browser.navigate('/api/details', form))
    const letGo = bank.provider.holdCode()
    const late = browser.navigate(callback)
    await bank.provider.codeHeld
    state.fails = true
    letGo()
    expect((await late).headers.get('location')).toBe('/details?bff_error=store_unusable')
    state.fails = false
    expect(await browser.session()).toMatchObject({ authenticated: true, acr: 'basic' })
    expect(detailsPosts()).toHaveLength(1)
  })
})
