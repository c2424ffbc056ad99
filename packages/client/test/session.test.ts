import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { appOrigin, Bank, failureOf } from './bank.ts'

let bank: Bank

beforeEach(async () => {
  bank = await Bank.open()
})
afterEach(() => bank.close())

const refreshes = () =>
  bank.provider.tokenRequests.filter((body) => body.get('grant_type') === 'refresh_token')

describe('refresh', () => {
  it('happens once for ten parallel calls, just before the access token ends', async () => {
    const { client } = await bank.loggedIn()
    bank.clock.advance(294)
    await client.fetch(bank.url('/open'))
    expect(refreshes()).toHaveLength(0)
    bank.clock.advance(1)
    await Promise.all(Array.from({ length: 10 }, () => client.fetch(bank.url('/open'))))
    expect(refreshes()).toHaveLength(1)
    const [old, ...fresh] = bank.api.calls.map(({ authorization }) => authorization)
    expect(new Set(fresh).size).toBe(1)
    expect(fresh[0]).not.toBe(old)
  })

  it('uses each refresh token once (rotation)', async () => {
    const { client } = await bank.loggedIn()
    for (let round = 0; round < 3; round += 1) {
      bank.clock.advance(296)
      await client.fetch(bank.url('/open'))
    }
    const used = refreshes().map((body) => body.get('refresh_token'))
    expect(new Set(used).size).toBe(3)
  })

  it('to a lower level is normal: the session says so, and the next challenge steps up', async () => {
    const { client } = await bank.loggedIn()
    await client.stepUp({ acr: 'mfa' })
    bank.provider.refreshedAcr = 'basic'
    bank.clock.advance(296)
    await client.fetch(bank.url('/open'))
    expect(client.session?.acr).toBe('basic')
    bank.api.guards.set('/details', { acr: ['mfa'] })
    expect((await client.fetch(bank.url('/details'))).status).toBe(200)
  })

  it('that is refused ends the session', async () => {
    const { client, events } = await bank.loggedIn()
    const heard: unknown[] = []
    client.subscribe((session) => heard.push(session))
    bank.provider.refreshGood = false
    bank.clock.advance(296)
    expect(await failureOf(client.fetch(bank.url('/open')))).toMatchObject({
      code: 'login_required',
    })
    expect(client.session).toBeUndefined()
    expect(heard).toEqual([undefined])
    expect(events).toContainEqual({ type: 'session_ended', reason: 'refresh_refused' })
    expect(bank.api.calls).toHaveLength(0)
  })

  it('that cannot be had now leaves what is held until it ends', async () => {
    const { client } = await bank.loggedIn()
    bank.provider.tokenStatus = 503
    bank.clock.advance(296)
    expect((await client.fetch(bank.url('/open'))).status).toBe(200)
    bank.clock.advance(5)
    expect(await failureOf(client.fetch(bank.url('/open')))).toMatchObject({
      code: 'provider_unavailable',
      retryable: true,
    })
    bank.provider.tokenStatus = undefined
    expect((await client.fetch(bank.url('/open'))).status).toBe(200)
  })

  it.each(['stalls', 'breaks'] as const)(
    'whose answer %s in the middle leaves what is held, and works when the provider does',
    async (how) => {
      const { client, window } = await bank.loggedIn()
      const sent = vi.spyOn(window, 'fetch')
      bank.provider.tokenBody = how
      bank.clock.advance(300)
      const call = failureOf(client.fetch(bank.url('/open')))
      await vi.waitUntil(() => sent.mock.settledResults[0]?.type === 'fulfilled')
      bank.clock.advance(30)
      expect(await call).toMatchObject({ code: 'provider_unavailable' })
      expect(client.session?.subject).toBe('alice')
      bank.provider.tokenBody = undefined
      expect((await client.fetch(bank.url('/open'))).status).toBe(200)
    },
  )

  it('that names another subject ends the session (OIDC Core §12.2)', async () => {
    const { client } = await bank.loggedIn()
    bank.provider.idTokenOverrides = { sub: 'mallory' }
    bank.clock.advance(296)
    expect(await failureOf(client.fetch(bank.url('/open')))).toMatchObject({
      code: 'login_required',
    })
    expect(client.session).toBeUndefined()
  })

  it('is not there: an access token at its end is the end of the session', async () => {
    bank.provider.refreshTokens = false
    const { client, events } = await bank.loggedIn()
    bank.clock.advance(299)
    expect((await client.fetch(bank.url('/open'))).status).toBe(200)
    bank.clock.advance(1)
    expect(await failureOf(client.fetch(bank.url('/open')))).toMatchObject({
      code: 'login_required',
    })
    expect(events).toContainEqual({ type: 'session_ended', reason: 'expired' })
  })

  it('goes on with the old refresh token after a step-up that brought none', async () => {
    const { client } = await bank.loggedIn()
    bank.provider.refreshTokens = false
    await client.stepUp({ acr: 'mfa' })
    bank.provider.refreshTokens = true
    bank.clock.advance(296)
    expect((await client.fetch(bank.url('/open'))).status).toBe(200)
    expect(refreshes()).toHaveLength(1)
  })

  it('without `expires_in` waits for the API to say no', async () => {
    bank.provider.expiresIn = undefined
    const { client } = await bank.loggedIn()
    expect(client.session).not.toHaveProperty('expiresAt')
    bank.clock.advance(100_000)
    await client.fetch(bank.url('/open'))
    expect(refreshes()).toHaveLength(0)
  })
})

describe('restore', () => {
  it('gets the session back in a frame, without a page', async () => {
    const { client, window } = bank.tab()
    expect(await client.restore()).toMatchObject({ subject: 'alice', acr: 'basic' })
    expect(bank.provider.authorizationRequests.at(-1)?.get('prompt')).toBe('none')
    expect(bank.browser.frames.map(({ removed }) => removed)).toEqual([true])
    expect(window.navigations).toEqual([])
    expect(bank.clock.pending).toBe(0)
  })

  it('asks once for two callers', async () => {
    const { client } = bank.tab()
    await Promise.all([client.restore(), client.restore()])
    expect(bank.browser.frames).toHaveLength(1)
  })

  it('of a session that the provider does not have is nothing', async () => {
    bank.provider.person = undefined
    const { client } = bank.tab()
    expect(await client.restore()).toBeUndefined()
    expect(client.session).toBeUndefined()
  })

  it('that gets no answer in ten seconds is `provider_unavailable`', async () => {
    const { client } = bank.tab()
    bank.browser.holdsVisits = true
    const restore = failureOf(client.restore())
    while (bank.browser.frames.length === 0) {
      await new Promise((resolve) => {
        setImmediate(resolve)
      })
    }
    bank.clock.advance(10)
    expect(await restore).toMatchObject({ code: 'provider_unavailable', retryable: true })
    expect(bank.browser.frames[0]?.removed).toBe(true)
  })

  it('by redirect comes back as a callback', async () => {
    const before = bank.tab()
    const left = before.window.left()
    void before.client.restore({ via: 'redirect' })
    await before.window.follow(await left)
    const { client } = bank.tab({}, before.window)
    expect(await client.handleRedirectCallback()).toMatchObject({
      outcome: 'completed',
      purpose: 'restore',
    })
    expect(client.session?.subject).toBe('alice')
  })

  it('of another person than has logged in meanwhile takes nothing of theirs over', async () => {
    const before = bank.tab()
    const left = before.window.left()
    void before.client.login()
    await before.window.follow(await left)
    const { client, window } = bank.tab({}, before.window)
    bank.browser.holdsVisits = true
    const restored = client.restore()
    while (bank.browser.frames.length === 0) {
      await new Promise((resolve) => {
        setImmediate(resolve)
      })
    }
    await client.handleRedirectCallback()
    bank.provider.person = { sub: 'bob', acr: 'basic', authTime: bank.clock.now }
    bank.provider.refreshTokens = false
    bank.browser.holdsVisits = false
    void bank.browser.visit(bank.browser.frames[0]?.url ?? '', window, () => {})
    expect((await restored)?.subject).toBe('bob')
    bank.clock.advance(296)
    await client.fetch(bank.url('/open'))
    expect(refreshes()).toEqual([])
  })

  it('from a provider that is away is `provider_unavailable`, and works when it is back', async () => {
    const { client, window } = bank.tab()
    window.online = false
    expect(await failureOf(client.restore())).toMatchObject({ code: 'provider_unavailable' })
    window.online = true
    expect((await client.restore())?.subject).toBe('alice')
  })
})

describe('logout', () => {
  it('forgets the tokens, revokes the refresh token and leaves, with no token in the address', async () => {
    const { client, window } = await bank.loggedIn()
    await client.logout({ postLogoutRedirectUri: `${appOrigin}/bye` })
    expect(client.session).toBeUndefined()
    expect(bank.provider.revoked).toHaveLength(1)
    const url = new URL(window.navigations.at(-1) ?? '')
    expect(url.pathname).toBe('/logout')
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'bank',
      post_logout_redirect_uri: `${appOrigin}/bye`,
    })
  })

  it('here alone stays on the page', async () => {
    const { client, window } = await bank.loggedIn()
    const { length } = window.navigations
    await client.logout({ local: true })
    expect(client.session).toBeUndefined()
    expect(window.navigations).toHaveLength(length)
  })

  it('here alone needs no provider, whether there is a session or not', async () => {
    const { client, window } = await bank.loggedIn()
    window.online = false
    await client.logout({ local: true })
    expect(client.session).toBeUndefined()
    const stranger = bank.tab()
    stranger.window.online = false
    await stranger.client.logout({ local: true })
  })

  it('leaves for the logout page, whatever address the provider revokes at', async () => {
    bank.provider.metadataOverrides = { revocation_endpoint: 'data:,' }
    const { client, window } = await bank.loggedIn()
    await client.logout()
    expect(new URL(window.navigations.at(-1) ?? '').pathname).toBe('/logout')
  })

  it('during a restore is not undone by it', async () => {
    const { client } = await bank.loggedIn()
    const letGo = bank.provider.holdCode()
    const restored = client.restore()
    await bank.provider.codeHeld
    await client.logout({ local: true })
    letGo()
    expect(await restored).toBeUndefined()
    expect(client.session).toBeUndefined()
  })

  it('during a refresh is not undone by it', async () => {
    const { client } = await bank.loggedIn()
    bank.clock.advance(296)
    const call = failureOf(client.fetch(bank.url('/open')))
    await client.logout({ local: true })
    expect(await call).toMatchObject({ code: 'login_required' })
    expect(client.session).toBeUndefined()
  })
})

describe('wouldNeed', () => {
  it('says before the click what the API would say after it', async () => {
    const { client } = await bank.loggedIn()
    expect(client.wouldNeed({ acr: 'basic' })).toBe(false)
    expect(client.wouldNeed({ acr: 'mfa' })).toBe(true)
    expect(client.wouldNeed({ acr: ['phr', 'basic'] })).toBe(false)
    expect(client.wouldNeed({ acr: 'basic', maxAge: 60 })).toBe(false)
    expect(client.wouldNeed({ acr: 'basic', maxAge: 59 })).toBe(true)
    expect(client.wouldNeed({ maxAge: 0 })).toBe(true)
    await client.stepUp({ acr: 'phr' })
    expect(client.wouldNeed({ acr: 'mfa' })).toBe(false)
  })

  it('knows from discovery that a level is over', async () => {
    const { client } = await bank.loggedIn()
    await client.stepUp({ acr: 'mfa' })
    bank.clock.advance(900)
    expect(client.wouldNeed({ acr: 'mfa' })).toBe(false)
    bank.clock.advance(1)
    expect(client.wouldNeed({ acr: 'mfa' })).toBe(true)
  })

  it('is true with nobody logged in, and for a level that nobody declared', async () => {
    expect(bank.tab().client.wouldNeed({ acr: 'basic' })).toBe(true)
    const { client } = await bank.loggedIn()
    expect(client.wouldNeed({ acr: 'unheard-of' })).toBe(true)
  })
})

describe('options', () => {
  it.each([
    ['an issuer without https', { issuer: 'http://id.example.com' }],
    ['an issuer that is no URL', { issuer: 'id' }],
    ['a callback page of another origin', { redirectUri: 'https://evil.example/callback' }],
    ['an API origin with a path', { apiOrigins: ['https://api.example/v1'] }],
  ])('%s is refused', (_, options) => {
    expect(() => bank.tab(options)).toThrow(expect.objectContaining({ code: 'configuration' }))
  })

  it('a discovery document of another issuer is refused', async () => {
    bank.provider.metadataOverrides = { issuer: 'https://evil.example' }
    expect(await failureOf(bank.tab().client.login())).toMatchObject({ code: 'response_invalid' })
  })

  it('an authorization endpoint that is no web address is refused', async () => {
    bank.provider.metadataOverrides = { authorization_endpoint: 'data:text/html,evil' }
    expect(await failureOf(bank.tab().client.login())).toMatchObject({ code: 'response_invalid' })
  })
})
