import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { appOrigin, Bank, failureOf, type Tab } from './bank.ts'

let bank: Bank

beforeEach(async () => {
  bank = await Bank.open()
})
afterEach(() => bank.close())

/** Leave the page for the provider; the same tab comes back with nothing in memory. */
async function cross(tab: Tab, leave: () => unknown): Promise<Tab> {
  const left = tab.window.left()
  leave()
  await tab.window.follow(await left)
  return bank.tab({}, tab.window)
}

describe('login by redirect', () => {
  it('comes back to where the person was, logged in, with the answer off the address', async () => {
    const tab = await cross(...loginAt(bank.tab()))
    expect(await tab.client.handleRedirectCallback()).toEqual({
      outcome: 'completed',
      purpose: 'login',
      returnTo: '/accounts?page=2',
    })
    expect(tab.window.href).toBe(`${appOrigin}/accounts?page=2`)
    expect(tab.client.session).toEqual({
      subject: 'alice',
      acr: 'basic',
      amr: ['pwd'],
      authTime: bank.clock.now - 60,
      expiresAt: bank.clock.now + 300,
    })
  })

  it('keeps no token in the tab’s storage, at any time', async () => {
    const start = bank.tab()
    const left = start.window.left()
    void start.client.login()
    await left
    const [kept] = start.window.stored.values()
    expect(Object.keys(JSON.parse(kept ?? '{}') as object).toSorted()).toEqual(
      ['beganAt', 'nonce', 'purpose', 'returnTo', 'state', 'verifier'].toSorted(),
    )
    await start.window.follow(await Promise.resolve(start.window.navigations[0] ?? ''))
    await bank.tab({}, start.window).client.handleRedirectCallback()
    expect(start.window.stored.size).toBe(0)
  })

  it('holds the answer to the level and age that were asked', async () => {
    bank.provider.obeys = false
    const tab = await cross(...loginAt(bank.tab(), { acr: 'mfa', prompt: 'login' }))
    expect(bank.provider.authorizationRequests.at(-1)?.get('prompt')).toBe('login')
    expect(await tab.client.handleRedirectCallback()).toMatchObject({
      outcome: 'failed',
      error: { code: 'step_up_unmet' },
    })
    expect(tab.client.session).toBeUndefined()
  })

  it('that the person turns down is `login_cancelled`', async () => {
    bank.provider.authorizationError = 'access_denied'
    const tab = await cross(...loginAt(bank.tab()))
    expect(await tab.client.handleRedirectCallback()).toMatchObject({
      outcome: 'failed',
      purpose: 'login',
      returnTo: '/accounts?page=2',
      error: { code: 'login_cancelled' },
    })
  })

  it.each(['https://evil.example/', '//evil.example', 'data:text/html,evil', '\\\\evil.example'])(
    'never returns to `%s` (RFC 9700 §4.11)',
    async (returnTo) => {
      const { client, window } = bank.tab()
      expect(await failureOf(client.login({ returnTo }))).toMatchObject({ code: 'configuration' })
      expect(window.navigations).toEqual([])
    },
  )

  it('from the callback page itself returns to the start, not into a loop', async () => {
    const tab = await cross(...loginAt(bank.tab({}, bank.window(`${appOrigin}/callback`))))
    expect(await tab.client.handleRedirectCallback()).toMatchObject({ returnTo: '/' })
  })
})

describe('a callback', () => {
  it('works once: a reload finds nothing to redeem', async () => {
    const tab = await cross(...loginAt(bank.tab()))
    const { href } = tab.window
    await tab.client.handleRedirectCallback()
    tab.window.href = href
    expect(await bank.tab({}, tab.window).client.handleRedirectCallback()).toMatchObject({
      outcome: 'failed',
      error: { code: 'transaction_unknown' },
    })
  })

  it.each(['/?state=open', '/?state=p.open', '/'])(
    'leaves alone what the app itself has in the address of the callback page: %s',
    async (href) => {
      const window = bank.window(appOrigin + href)
      const { client, events } = bank.tab({ redirectUri: `${appOrigin}/` }, window)
      expect(await client.handleRedirectCallback()).toBeUndefined()
      expect(window.href).toBe(appOrigin + href)
      expect(events).toEqual([])
    },
  )

  it('works in the tab that asked, and in no other (RFC 9700 §4.7)', async () => {
    const tab = await cross(...loginAt(bank.tab()))
    const thief = bank.tab({}, bank.window(tab.window.href))
    expect(await thief.client.handleRedirectCallback()).toMatchObject({
      outcome: 'failed',
      error: { code: 'transaction_unknown' },
    })
    expect(thief.client.session).toBeUndefined()
    expect(bank.provider.tokenRequests).toHaveLength(0)
  })

  it('works for ten minutes', async () => {
    const tab = await cross(...loginAt(bank.tab()))
    bank.clock.advance(601)
    expect(await tab.client.handleRedirectCallback()).toMatchObject({
      error: { code: 'transaction_unknown' },
    })
  })

  it.each([
    ['another page', '/accounts?state=r.x&code=c'],
    ['the callback page without an answer', '/callback'],
    ['the callback page without a state', '/callback?code=c'],
  ])('is not %s', async (_, path) => {
    const { client, window } = bank.tab({}, bank.window(appOrigin + path))
    expect(await client.handleRedirectCallback()).toBeUndefined()
    expect(window.href).toBe(appOrigin + path)
  })
})

describe('step-up by redirect', () => {
  it('tells the app before the page is left, and brings the better session back', async () => {
    const before = await bank.loggedIn()
    bank.api.guards.set('/details', { acr: ['mfa'] })
    const tab = await cross(before, () =>
      before.client.stepUp({ acr: 'mfa' }, { mode: 'redirect' }),
    )
    expect(before.events.at(-1)).toEqual({
      type: 'redirect',
      purpose: 'step_up',
      requirement: { acrValues: ['mfa'] },
    })
    expect(await tab.client.handleRedirectCallback()).toEqual({
      outcome: 'completed',
      purpose: 'step_up',
      returnTo: '/accounts?page=2',
      requirement: { acrValues: ['mfa'] },
    })
    expect(tab.client.session?.acr).toBe('mfa')
    expect((await tab.client.fetch(bank.url('/details'))).status).toBe(200)
  })

  it('stores nothing of the call that it interrupts', async () => {
    const before = await bank.loggedIn({ mode: 'redirect' })
    bank.api.guards.set('/transfers?secret=1', { acr: ['mfa'] })
    const left = before.window.left()
    void before.client.fetch(bank.url('/transfers?secret=1'), { method: 'POST', body: 'payee' })
    await left
    const kept = [...before.window.stored.values()].join()
    expect(kept).not.toContain('payee')
    expect(kept).not.toContain('secret')
  })

  it.each([
    ['access_denied', 'step_up_cancelled'],
    ['unmet_authentication_requirements', 'step_up_unmet'],
  ])('that ends in `%s` gets the login back, and says `%s`', async (providerError, code) => {
    const before = await bank.loggedIn()
    bank.provider.authorizationError = providerError
    const tab = await cross(before, () =>
      before.client.stepUp({ acr: 'mfa' }, { mode: 'redirect' }),
    )
    bank.provider.authorizationError = undefined
    const left = tab.window.left()
    expect(await tab.client.handleRedirectCallback()).toEqual({ outcome: 'redirecting' })
    const url = new URL(await left)
    expect(url.searchParams.get('prompt')).toBe('none')
    expect(url.searchParams.has('acr_values')).toBe(false)
    await tab.window.follow(url.href)
    const after = bank.tab({}, tab.window)
    expect(await after.client.handleRedirectCallback()).toMatchObject({
      outcome: 'failed',
      purpose: 'step_up',
      returnTo: '/accounts?page=2',
      error: { name: 'StepUpError', code, providerError, required: { acrValues: ['mfa'] } },
    })
    expect(after.client.session).toMatchObject({ subject: 'alice', acr: 'basic' })
  })

  it('answered by another person upgrades nobody, and does not give the tab to them', async () => {
    const before = await bank.loggedIn()
    bank.provider.person = { sub: 'mallory', acr: 'phr', authTime: bank.clock.now }
    const tab = await cross(before, () =>
      before.client.stepUp({ acr: 'mfa' }, { mode: 'redirect' }),
    )
    const left = tab.window.left()
    await tab.client.handleRedirectCallback()
    await tab.window.follow(await left)
    const after = bank.tab({}, tab.window)
    expect(await after.client.handleRedirectCallback()).toMatchObject({
      outcome: 'failed',
      error: { code: 'different_user' },
    })
    expect(after.client.session).toBeUndefined()
  })

  it('whose session is gone from the provider ends logged out, with the first reason', async () => {
    const before = await bank.loggedIn()
    bank.provider.authorizationError = 'access_denied'
    const tab = await cross(before, () =>
      before.client.stepUp({ acr: 'mfa' }, { mode: 'redirect' }),
    )
    bank.provider.authorizationError = 'login_required'
    const left = tab.window.left()
    await tab.client.handleRedirectCallback()
    await tab.window.follow(await left)
    const after = bank.tab({}, tab.window)
    expect(await after.client.handleRedirectCallback()).toMatchObject({
      outcome: 'failed',
      purpose: 'step_up',
      error: { code: 'step_up_cancelled' },
    })
    expect(after.client.session).toBeUndefined()
  })

  it('from which the person comes back with the Back button is `step_up_cancelled`, tokens and all', async () => {
    const tab = await bank.loggedIn()
    const left = tab.window.left()
    const stepUp = failureOf(tab.client.stepUp({ acr: 'mfa' }, { mode: 'redirect' }))
    await left
    tab.window.comeBack()
    expect(await stepUp).toMatchObject({ code: 'step_up_cancelled' })
    expect(tab.client.session?.acr).toBe('basic')
    expect(tab.window.stored.size).toBe(0)
  })
})

function loginAt(tab: Tab, options = {}): [Tab, () => unknown] {
  return [tab, () => tab.client.login(options)]
}
