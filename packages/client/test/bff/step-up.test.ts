import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { memoryStore } from '../../src/bff.ts'
import { appOrigin, BffBank, Browser, form } from './bff-bank.ts'

let bank: BffBank

beforeEach(async () => {
  bank = await BffBank.open()
})

afterEach(async () => {
  await bank.close()
})

async function told(response: Response): Promise<{ error?: string; location: string }> {
  return (await response.json()) as { error?: string; location: string }
}

describe.each(['cookie', 'store'] as const)('sessions in the %s', (sessions) => {
  it('lets a page log in and call the API, and shows it no token', async () => {
    const browser = await bank.loggedIn({ sessions })
    const answer = await browser.script('/api/accounts')
    expect(answer.status).toBe(200)
    expect(bank.api.calls.at(-1)?.authorization).toMatch(/^Bearer /)
    const session = await browser.session()
    expect(session).toMatchObject({ authenticated: true, subject: 'alice', acr: 'basic' })
    expect(JSON.stringify(session)).not.toMatch(/eyJ|rt-/)
    for (const value of browser.cookies.values()) expect(value).not.toMatch(/eyJ|rt-/)
  })

  it('tells a script where to step up, with no level in the address, and raises the session under a new cookie (19)', async () => {
    const browser = await bank.loggedIn({ sessions })
    const before = new Browser(browser.bff, browser.cookies)
    const refused = await browser.script('/api/details', { ...form })
    expect(refused.status).toBe(401)
    const { error, location } = await told(refused)
    expect(error).toBe('step_up_required')
    expect(location).toMatch(/^\/bff\/step-up\?id=[\w-]+$/)
    expect(await browser.visit(await browser.navigate(location))).toBe('/accounts?page=2')
    expect(bank.provider.authorizationRequests.at(-1)?.get('acr_values')).toBe('mfa')
    expect((await browser.script('/api/details', { ...form })).status).toBe(200)
    expect(await before.session()).toEqual({ authenticated: false })
  })

  it('lets each of several calls have a proof of its own where the API asks for one (`max_age=0`)', async () => {
    const browser = await bank.loggedIn({ sessions })
    bank.api.guards.set('/transfers', { acr: ['mfa'], maxAge: 0 })
    const waiting = new Set(['one', 'two', 'three'])
    const send = async () => {
      const calls = [...waiting].map(async (body) => {
        const answer = await browser.script('/api/transfers', { ...form, body })
        if (answer.status === 200) waiting.delete(body)
        else return told(answer)
        return undefined
      })
      const answers = await Promise.all(calls)
      return answers.filter((answer) => answer !== undefined)
    }
    for (const left of [3, 2, 1]) {
      const refused = await send()
      expect(refused.map(({ error }) => error)).toEqual(Array(left).fill('step_up_required'))
      // One trip for those that want the same, and one proof.
      const locations = new Set(refused.map(({ location }) => location))
      expect(locations.size).toBe(1)
      await browser.visit(await browser.navigate([...locations][0] ?? ''))
    }
    expect(await send()).toEqual([])
    expect(waiting.size).toBe(0)
  })

  it('parks the call of a form, and sends it once after the step-up, as POST and with an idempotency key (63, 56)', async () => {
    const browser = await bank.loggedIn({ sessions })
    const start = await browser.navigate('/api/details', form)
    expect(start.status).toBe(303)
    expect(start.headers.get('location')).not.toContain('DE02')
    const callback = await browser.callbackOf(start)
    const shown = (await browser.navigate(callback)).headers.get('location') ?? ''
    expect(shown).toMatch(/^\/bff\/call\?id=/)
    const posts = bank.api.calls.filter(({ path }) => path === '/details')
    expect(posts.map(({ method, body }) => [method, body])).toEqual([
      ['POST', form.body],
      ['POST', form.body],
    ])
    expect(await (await browser.navigate(shown)).text()).toBe('done')
    // The history's Back: nothing is sent again.
    expect((await browser.navigate(callback)).headers.get('location')).toBe(
      '/?bff_error=transaction_unknown',
    )
    expect(bank.api.calls.filter(({ path }) => path === '/details')).toHaveLength(2)
  })

  it('leaves session, level and tokens alone when the person cancels, and drops the parked call (18)', async () => {
    const browser = await bank.loggedIn({ sessions })
    await browser.script('/api/accounts')
    const token = bank.api.calls.at(-1)?.authorization
    bank.provider.authorizationError = 'access_denied'
    const start = await browser.navigate('/api/details', form)
    expect(await browser.visit(start)).toBe('/details?bff_error=step_up_cancelled')
    await browser.script('/api/accounts')
    expect(bank.api.calls.at(-1)?.authorization).toBe(token)
    expect(bank.api.calls.filter(({ path }) => path === '/details')).toHaveLength(1)
  })

  it('ends at logout, in every copy of the cookie too', async () => {
    const browser = await bank.loggedIn({ sessions })
    const copy = new Browser(browser.bff, browser.cookies)
    const answer = await browser.script('/bff/logout', { method: 'POST' })
    expect((await told(answer)).location).toContain(`${bank.provider.issuer}/logout?client_id=bank`)
    expect(bank.provider.revoked).toHaveLength(1)
    expect(await copy.session()).toEqual({ authenticated: false })
  })

  it('ends after the absolute time, and after the idle time without a call', async () => {
    const options = { sessions, store: memoryStore(() => bank.clock.now), idleSeconds: 600 }
    const browser = await bank.loggedIn({ ...options, absoluteSeconds: 1500 })
    for (let minutes = 0; minutes < 20; minutes += 5) {
      bank.clock.advance(300)
      expect((await browser.script('/api/accounts')).status).toBe(200)
    }
    bank.clock.advance(301)
    expect(await browser.session()).toEqual({ authenticated: false })
    await browser.logIn()
    bank.clock.advance(601)
    expect(await browser.session()).toEqual({ authenticated: false })
  })

  it('refreshes once for parallel calls, in two processes alike', async () => {
    const store = memoryStore(() => bank.clock.now)
    const browser = await bank.loggedIn({ sessions, store })
    const other = new Browser(bank.bff({ sessions, store }), browser.cookies)
    bank.clock.advance(295)
    const calls = [browser, other, browser, other].map((one) => one.script('/api/accounts'))
    for (const answer of await Promise.all(calls)) expect(answer.status).toBe(200)
    const refreshes = bank.provider.tokenRequests.filter(
      (request) => request.get('grant_type') === 'refresh_token',
    )
    expect(refreshes).toHaveLength(1)
  })
})

describe('a provider that does not rotate refresh tokens', () => {
  it('is asked again each time that a token ends', async () => {
    const browser = await bank.loggedIn()
    bank.provider.refreshTokens = false
    const seen = new Set<string | undefined>()
    for (let count = 0; count < 3; count += 1) {
      bank.clock.advance(295)
      expect((await browser.script('/api/accounts')).status).toBe(200)
      seen.add(bank.api.calls.at(-1)?.authorization)
    }
    expect(seen.size).toBe(3)
  })
})

describe('a token that the API takes no more', () => {
  it('is refreshed once, and the call sent again; then the person logs in', async () => {
    const browser = await bank.loggedIn()
    bank.api.fixedChallenges.set('/accounts', 'Bearer error="invalid_token"')
    const answer = await browser.script('/api/accounts')
    expect((await told(answer)).error).toBe('login_required')
    expect(bank.api.calls).toHaveLength(2)
    expect(new Set(bank.api.calls.map(({ authorization }) => authorization)).size).toBe(2)
  })
})

describe('the answer of the provider', () => {
  it('is refused in another browser, and redeemed for nobody there (20)', async () => {
    const browser = bank.browser()
    const callback = await browser.callbackOf(await browser.navigate('/bff/login'))
    const thief = new Browser(browser.bff)
    expect((await thief.navigate(callback)).headers.get('location')).toBe(
      '/?bff_error=transaction_unknown',
    )
    expect(bank.provider.tokenRequests).toHaveLength(0)
    expect((await browser.navigate(callback)).headers.get('location')).toBe('/details')
  })

  it.each([
    ['of another person (17)', { sub: 'mallory' }, 'different_user'],
    ['of a lower level (61)', { acr: 'basic' }, 'step_up_unmet'],
    ['without a level (61)', { acr: undefined }, 'step_up_unmet'],
    ['of another nonce', { nonce: 'x' }, 'response_invalid'],
    ['for another client', { aud: 'other' }, 'response_invalid'],
    ['of another issuer', { iss: 'https://evil.example' }, 'response_invalid'],
  ])('%s changes nothing', async (_name, overrides, code) => {
    const browser = await bank.loggedIn()
    bank.provider.idTokenOverrides = overrides
    const start = await browser.navigate('/api/details', form)
    expect(await browser.visit(start)).toBe(`/details?bff_error=${code}`)
    expect(await browser.session()).toMatchObject({ subject: 'alice', acr: 'basic' })
    expect(bank.api.calls.filter(({ path }) => path === '/details')).toHaveLength(1)
  })

  it('must be as fresh as was asked', async () => {
    bank.api.guards.set('/fresh', { maxAge: 30 })
    const browser = await bank.loggedIn()
    bank.provider.obeys = false
    const start = await browser.navigate('/api/fresh', form)
    expect(await browser.visit(start)).toBe('/details?bff_error=step_up_unmet')
  })

  it('of another issuer in the address is not redeemed', async () => {
    const browser = await bank.loggedIn()
    bank.provider.responseIssuer = 'https://evil.example'
    const redeemed = bank.provider.tokenRequests.length
    const start = await browser.navigate('/api/details', form)
    expect(await browser.visit(start)).toBe('/details?bff_error=response_invalid')
    expect(bank.provider.tokenRequests).toHaveLength(redeemed)
  })

  it('that comes too late is unknown', async () => {
    const browser = await bank.loggedIn()
    const callback = await browser.callbackOf(await browser.navigate('/api/details', form))
    bank.clock.advance(601)
    expect((await browser.navigate(callback)).headers.get('location')).toBe(
      '/?bff_error=transaction_unknown',
    )
  })

  it('raises no other login than the one that asked, and sends its parked call for none', async () => {
    const browser = await bank.loggedIn()
    const callback = await browser.callbackOf(await browser.navigate('/api/details', form))
    await browser.logIn()
    bank.provider.person = { sub: 'alice', acr: 'basic', authTime: bank.clock.now }
    await browser.logIn()
    expect((await browser.navigate(callback)).headers.get('location')).toBe(
      '/details?bff_error=login_required',
    )
    expect(await browser.session()).toMatchObject({ acr: 'basic' })
    expect(bank.api.calls.filter(({ path }) => path === '/details')).toHaveLength(1)
  })

  it('raises nothing where the session has ended meanwhile', async () => {
    const browser = await bank.loggedIn()
    const callback = await browser.callbackOf(await browser.navigate('/api/details', form))
    await browser.script('/bff/logout', { method: 'POST' })
    expect((await browser.navigate(callback)).headers.get('location')).toBe(
      '/details?bff_error=login_required',
    )
    expect(await browser.session()).toEqual({ authenticated: false })
  })
})

describe('asking', () => {
  it('is shared by parallel calls of one page (58)', async () => {
    const browser = await bank.loggedIn()
    const calls = Array.from({ length: 10 }, () => browser.script('/api/details'))
    const locations = await Promise.all((await Promise.all(calls)).map(told))
    expect(new Set(locations.map(({ location }) => location)).size).toBe(1)
  })

  it('ends well in two tabs, each with its own trip (21)', async () => {
    const browser = await bank.loggedIn()
    const first = await browser.callbackOf(await browser.navigate('/api/details', form))
    const second = await browser.callbackOf(await browser.navigate('/api/details', form))
    expect((await browser.navigate(second)).headers.get('location')).toMatch(/^\/bff\/call/)
    expect((await browser.navigate(first)).headers.get('location')).toMatch(/^\/bff\/call/)
    expect(await browser.session()).toMatchObject({ acr: 'mfa' })
  })

  it('leads the second tab straight back once the first has stepped up', async () => {
    const browser = await bank.loggedIn()
    const { location } = await told(await browser.script('/api/details'))
    await browser.visit(await browser.navigate(location))
    const again = await browser.navigate(location)
    expect(again.headers.get('location')).toBe('/accounts?page=2')
  })

  it('stops where the API still asks after the step-up (59)', async () => {
    bank.api.guards.set('/never', { acr: ['mfa'], never: true })
    const browser = await bank.loggedIn()
    const { location } = await told(await browser.script('/api/never'))
    await browser.visit(await browser.navigate(location))
    const refused = await browser.script('/api/never')
    expect(refused.status).toBe(403)
    expect(await refused.json()).toEqual({ error: 'step_up_failed' })
    const start = await browser.navigate('/api/never', form)
    expect(start.headers.get('location')).toBe('/details?bff_error=step_up_failed')
  })

  it('stops where the API refuses the parked call that it was stepped up for (59)', async () => {
    bank.api.guards.set('/never', { acr: ['mfa'], never: true })
    const browser = await bank.loggedIn()
    const start = await browser.navigate('/api/never', form)
    expect(await browser.visit(start)).toBe('/details?bff_error=step_up_failed')
  })

  it('loads a page again that was asked for, and shows why after a failure instead of asking again', async () => {
    bank.api.guards.set('/details?page=3', { acr: ['mfa'] })
    const browser = await bank.loggedIn()
    bank.provider.authorizationError = 'access_denied'
    const back = await browser.visit(await browser.navigate('/api/details?page=3'))
    expect(back).toBe('/api/details?page=3&bff_error=step_up_cancelled')
    const shown = await browser.navigate(back)
    expect(shown.status).toBe(403)
    expect(await shown.text()).toContain('href="/api/details?page=3"')
  })

  it('keeps the scopes that were granted, and adds those of the challenge (69)', async () => {
    bank.api.guards.set('/limits', { acr: ['mfa'], scope: 'limits' })
    const browser = await bank.loggedIn()
    const { location } = await told(await browser.script('/api/limits'))
    await browser.navigate(location)
    const start = await browser.navigate(location)
    const asked = new URL(start.headers.get('location') ?? '').searchParams
    expect(asked.get('scope')).toBe('openid accounts limits')
  })

  it('cannot be begun with the id of another session', async () => {
    const browser = await bank.loggedIn()
    const { location } = await told(await browser.script('/api/details'))
    const other = new Browser(browser.bff)
    await other.logIn()
    expect((await other.navigate(location)).headers.get('location')).toBe(
      '/details?bff_error=transaction_unknown',
    )
  })

  it('is possible before the click, by a page that knows what it needs', async () => {
    const browser = await bank.loggedIn()
    const wish = await browser.script('/bff/step-up', {
      method: 'POST',
      body: JSON.stringify({ acr: 'mfa', maxAge: 600, returnTo: 'https://evil.example/' }),
    })
    const { location } = await told(wish)
    expect(await browser.visit(await browser.navigate(location))).toBe('/accounts?page=2')
    expect(await browser.session()).toMatchObject({ acr: 'mfa' })
  })

  it('parks no body that is too long', async () => {
    const browser = await bank.loggedIn({ parkedBodyBytes: 10 })
    const start = await browser.navigate('/api/details', form)
    expect(start.headers.get('location')).toBe('/details?bff_error=body_not_replayable')
  })

  it('is not begun by a challenge of another origin (57)', async () => {
    const browser = await bank.loggedIn()
    await expect(
      browser.bff.fetch(browser.request('/'), 'https://evil.example/details'),
    ).rejects.toMatchObject({ code: 'configuration' })
  })
})

describe('a request of another site', () => {
  it.each([
    ['a foreign origin', { origin: 'https://evil.example' }],
    ['a sibling domain', { 'sec-fetch-site': 'same-site' }],
    ['no origin at all', { origin: 'null' }],
  ])('with %s changes nothing', async (_name, headers) => {
    const browser = await bank.loggedIn()
    for (const path of ['/api/details', '/bff/logout', '/bff/step-up']) {
      const answer = await browser.send(path, { method: 'POST', body: 'x', headers })
      expect(answer.status).toBe(403)
      expect(await answer.json()).toEqual({ error: 'cross_site_request' })
    }
    expect(bank.api.calls).toHaveLength(0)
    expect(await browser.session()).toMatchObject({ authenticated: true })
  })

  it('that says nothing of itself needs the header that no form can send', async () => {
    const browser = await bank.loggedIn()
    expect((await browser.send('/bff/logout', { method: 'POST' })).status).toBe(403)
    const headers = { 'x-newel-csrf': '1' }
    expect((await browser.send('/bff/logout', { method: 'POST', headers })).status).toBe(200)
  })

  it.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example/',
    'data:text/html,x',
    'https://bank.example@evil.example/',
    '/..//evil.example/',
  ])('leads nobody to %s after the login (64)', async (address) => {
    const browser = bank.browser()
    const query = new URLSearchParams({ return_to: address }).toString()
    const back = await browser.logIn(`/bff/login?${query}`)
    expect(new URL(back, appOrigin).origin).toBe(appOrigin)
  })

  it('leads to an origin of the list', async () => {
    const browser = bank.browser({ returnOrigins: ['https://help.example'] })
    const back = await browser.logIn('/bff/login?return_to=https%3A%2F%2Fhelp.example%2Fpage')
    expect(back).toBe('https://help.example/page')
  })
})

describe('without a session', () => {
  it('a script is told where to log in, and a page is led there (67)', async () => {
    const browser = bank.browser()
    const answer = await browser.script('/api/accounts')
    expect(answer.status).toBe(401)
    expect(await told(answer)).toEqual({
      error: 'login_required',
      location: '/bff/login?return_to=%2Faccounts%3Fpage%3D2',
    })
    const page = await browser.navigate('/api/accounts')
    expect(page.headers.get('location')).toBe('/bff/login?return_to=%2Fapi%2Faccounts')
    expect(bank.api.calls).toHaveLength(0)
  })
})

describe('the provider away (79)', () => {
  it('leaves levels that hold, and answers 503 to what needs it', async () => {
    const browser = await bank.loggedIn()
    bank.provider.tokenStatus = 503
    bank.clock.advance(295)
    expect((await browser.script('/api/accounts')).status).toBe(200)
    bank.clock.advance(10)
    const answer = await browser.script('/api/accounts')
    expect(answer.status).toBe(503)
    expect(await answer.json()).toEqual({ error: 'provider_unavailable' })
    bank.provider.tokenStatus = undefined
    expect((await browser.script('/api/accounts')).status).toBe(200)
  })

  it('ends the session where it no longer refreshes it', async () => {
    const browser = await bank.loggedIn()
    bank.provider.refreshGood = false
    bank.clock.advance(301)
    expect((await told(await browser.script('/api/accounts'))).error).toBe('login_required')
    expect(await browser.session()).toEqual({ authenticated: false })
  })
})
