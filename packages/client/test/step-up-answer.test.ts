import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bank, failureOf, type Tab } from './bank.ts'

let bank: Bank
let tab: Tab

beforeEach(async () => {
  bank = await Bank.open()
  tab = await bank.loggedIn()
})
afterEach(() => bank.close())

/** The step-up fails with this, and the session, its level and its tokens are as before. */
async function refused(requirement: { acr?: string; maxAge?: number }, facts: object) {
  const before = tab.client.session
  await tab.client.fetch(bank.url('/before'))
  expect(await failureOf(tab.client.stepUp(requirement))).toMatchObject(facts)
  expect(tab.client.session).toBe(before)
  await tab.client.fetch(bank.url('/after'))
  const [first, second] = bank.api.calls.slice(-2)
  expect(second?.authorization).toBe(first?.authorization)
  expect(tab.events.findLast(({ type }) => type === 'error')).toMatchObject({
    error: { code: (facts as { code: string }).code },
  })
}

describe('what comes back is checked before anything is replaced', () => {
  it('a level that does not satisfy the one asked is `step_up_unmet` (OIDC Core §3.1.3.7 item 12)', async () => {
    bank.provider.obeys = false
    await refused(
      { acr: 'mfa' },
      { code: 'step_up_unmet', required: { acrValues: ['mfa'] }, achieved: { acr: 'basic' } },
    )
  })

  it('a level that the published order puts above the one asked is enough', async () => {
    bank.provider.obeys = false
    bank.provider.person = { sub: 'alice', acr: 'phr', authTime: bank.clock.now }
    expect((await tab.client.stepUp({ acr: 'mfa' })).acr).toBe('phr')
  })

  it('no level at all is unmet', async () => {
    bank.provider.obeys = false
    bank.provider.person = { sub: 'alice', authTime: bank.clock.now }
    await refused({ acr: 'basic' }, { code: 'step_up_unmet' })
  })

  it('another subject is `different_user`', async () => {
    bank.provider.person = { sub: 'mallory', acr: 'phr', authTime: bank.clock.now }
    await refused({ acr: 'mfa' }, { code: 'different_user' })
  })

  it('a proof older than `max_age` is unmet, one second more than the limit already', async () => {
    bank.provider.obeys = false
    bank.provider.person = { sub: 'alice', acr: 'mfa', authTime: bank.clock.now - 101 }
    await refused({ acr: 'mfa', maxAge: 100 }, { code: 'step_up_unmet' })
    expect((await tab.client.stepUp({ acr: 'mfa', maxAge: 101 })).acr).toBe('mfa')
  })

  it('`max_age=0` is met by a proof made since it was asked, within the tolerance', async () => {
    bank.provider.obeys = false
    bank.provider.person = { sub: 'alice', acr: 'mfa', authTime: bank.clock.now - 6 }
    await refused({ acr: 'mfa', maxAge: 0 }, { code: 'step_up_unmet' })
    bank.provider.person.authTime = bank.clock.now - 5
    expect((await tab.client.stepUp({ acr: 'mfa', maxAge: 0 })).authTime).toBe(bank.clock.now - 5)
  })

  it.each([
    ['absent', undefined],
    ['ahead of the provider’s own clock', 100],
  ])('an `auth_time` that is %s is never fresh', async (_, ahead) => {
    bank.provider.idTokenOverrides = {
      auth_time: ahead === undefined ? undefined : bank.clock.now + ahead,
    }
    const error = await failureOf(tab.client.stepUp({ acr: 'mfa', maxAge: 60 }))
    expect(['step_up_unmet', 'response_invalid']).toContain((error as { code: string }).code)
    expect(tab.client.session?.acr).toBe('basic')
  })

  it('a machine whose clock is an hour fast judges freshness by the provider’s clock', async () => {
    bank.provider.clockBehindSeconds = 3000
    const skewed = await bank.loggedIn()
    expect((await skewed.client.stepUp({ acr: 'mfa', maxAge: 60 })).acr).toBe('mfa')
    expect(skewed.client.wouldNeed({ acr: 'mfa', maxAge: 60 })).toBe(false)
  })

  it('a machine whose clock is an hour slow takes no old proof for one that was made since it asked', async () => {
    bank.provider.clockBehindSeconds = -3600
    const skewed = await bank.loggedIn()
    bank.provider.obeys = false
    bank.provider.person = { sub: 'alice', acr: 'mfa', authTime: bank.provider.now - 600 }
    const refusal = await failureOf(skewed.client.stepUp({ acr: 'mfa', maxAge: 0 }))
    expect(refusal).toMatchObject({ code: 'step_up_unmet' })
    bank.provider.person.authTime = bank.provider.now
    expect((await skewed.client.stepUp({ acr: 'mfa', maxAge: 0 })).acr).toBe('mfa')
  })

  it.each([
    ['nonce', { nonce: 'other' }],
    ['iss', { iss: 'https://evil.example' }],
    ['aud', { aud: 'other-client' }],
    ['acr of another type', { acr: ['mfa'] }],
    ['exp', { exp: 1 }],
  ])('a wrong %s is `response_invalid`', async (_, overrides) => {
    bank.provider.idTokenOverrides = overrides
    await refused({ acr: 'mfa' }, { code: 'response_invalid' })
  })

  it('an answer in the name of another issuer is `response_invalid` (RFC 9207)', async () => {
    bank.provider.responseIssuer = 'https://evil.example'
    await refused({ acr: 'mfa' }, { code: 'response_invalid' })
  })

  it.each([
    ['access_denied', 'step_up_cancelled'],
    ['unmet_authentication_requirements', 'step_up_unmet'],
    ['interaction_required', 'step_up_unmet'],
    ['temporarily_unavailable', 'provider_unavailable'],
    ['server_error', 'provider_unavailable'],
    ['invalid_scope', 'provider_refused'],
  ])('the provider’s `%s` is `%s`', async (providerError, code) => {
    bank.provider.authorizationError = providerError
    await refused({ acr: 'mfa' }, { code, providerError })
  })

  it('a token endpoint that is down is retryable', async () => {
    bank.provider.tokenStatus = 503
    await refused({ acr: 'mfa' }, { code: 'provider_unavailable', retryable: true })
  })

  it('a token endpoint that sends the code elsewhere is not followed', async () => {
    bank.provider.tokenStatus = 307
    await refused({ acr: 'mfa' }, { code: 'response_invalid' })
    expect(bank.provider.tokenRequests).toHaveLength(2)
  })

  it('a token endpoint that does not answer in half a minute is retryable', async () => {
    bank.provider.tokenHangs = true
    const { length } = bank.provider.tokenRequests
    const stepUp = failureOf(tab.client.stepUp({ acr: 'mfa' }))
    while (bank.provider.tokenRequests.length === length) {
      await new Promise((resolve) => {
        setImmediate(resolve)
      })
    }
    bank.clock.advance(30)
    expect(await stepUp).toMatchObject({ code: 'provider_unavailable', retryable: true })
    expect(tab.client.session?.acr).toBe('basic')
  })

  it('without a published order only an equal level satisfies', async () => {
    bank.provider.metadataOverrides = { newel_levels: undefined }
    const plain = await bank.loggedIn()
    bank.provider.obeys = false
    bank.provider.person = { sub: 'alice', acr: 'phr', authTime: bank.clock.now }
    expect(await failureOf(plain.client.stepUp({ acr: 'mfa' }))).toMatchObject({
      code: 'step_up_unmet',
    })
    expect((await plain.client.stepUp({ acr: ['mfa', 'phr'] })).acr).toBe('phr')
  })
})

describe('what a caller asks', () => {
  it.each([
    [{}],
    [{ acr: [] }],
    [{ maxAge: -1 }],
    [{ maxAge: 1.5 }],
    [{ acr: 'mfa', maxAge: NaN }],
  ])('%j is a mistake of the caller', async (requirement) => {
    expect(await failureOf(tab.client.stepUp(requirement))).toMatchObject({
      code: 'configuration',
    })
    expect(bank.browser.popups).toHaveLength(0)
  })

  it('needs a session', async () => {
    expect(await failureOf(bank.tab().client.stepUp({ acr: 'mfa' }))).toMatchObject({
      code: 'login_required',
    })
  })

  it('that ends by logout during the step-up gets no tokens', async () => {
    bank.browser.holdsVisits = true
    const stepUp = failureOf(tab.client.stepUp({ acr: 'mfa' }))
    const popup = bank.browser.popups[0]
    const url = await popup?.navigated
    await tab.client.logout({ local: true })
    bank.browser.holdsVisits = false
    popup?.location.replace(url ?? '')
    expect(await stepUp).toMatchObject({ code: 'login_required' })
    expect(tab.client.session).toBeUndefined()
  })
})
