import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createIdentityProvider, createSealer } from '@newel/identity-provider'
import { authorizationParameters, findStepUpChallenge } from '@newel/protocol'
import {
  type Outcome,
  type RequirementDeclaration,
  type SimpleRequirement,
  type ResourceServer,
  createResourceServer,
} from '@newel/resource-server'
import {
  type IssuedTokens,
  type TestHouse,
  type TestHouseOptions,
  type TestPerson,
  type VisitedPage,
  type Visitor,
  answerPage,
  authorizationRequest,
  openTestHouse,
  redeem,
  requestTokens,
} from '@newel/testing/house'
import { PasskeyDevice } from '@newel/testing/passkey-device'

const resource = 'https://api.test'

let house: TestHouse
let api: ResourceServer
let ada: TestPerson
let visitor: Visitor
let people = 0

beforeAll(async () => {
  house = await openHouse()
})
afterAll(async () => house.close())

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  people += 1
  ada = await house.addPerson(`ada${people}`, { totp: true })
  visitor = house.visitor()
  api = await openApi(house)
})
afterEach(() => {
  vi.useRealTimers()
})

async function openHouse(options: TestHouseOptions = {}): Promise<TestHouse> {
  return openTestHouse(
    ({ issuer, redirectUri }) => `
issuer: ${issuer}
levels:
  basic: { accepts: [password, passkey], lifetime: 12h }
  mfa: { accepts: [password + totp, password + security-key, passkey], lifetime: 15m }
  phishing-resistant: { acr: phr, accepts: [passkey, password + security-key], lifetime: 5m }
enrolment: { duringStepUp: true }
resources:
  - { id: '${resource}', name: API, scopes: { accounts: Read accounts }, accessTokenLifetime: 1h }
clients:
  - { id: web, type: spa, redirectUris: ['${redirectUri}'], default: basic, minimum: basic, resources: ['${resource}'], scopes: [openid, accounts] }
`,
    options,
  )
}

/** The API knows the issuer and its own name; levels, order and lifetimes it learns from discovery. */
async function openApi({ issuer }: Pick<TestHouse, 'issuer'>): Promise<ResourceServer> {
  return createResourceServer({ issuer, audience: resource, allowInsecureIssuer: true })
}

function now(): number {
  return Math.floor(Date.now() / 1000)
}

function pass(seconds: number): void {
  vi.setSystemTime(Date.now() + seconds * 1000)
}

async function answer(page: VisitedPage, device?: PasskeyDevice): Promise<VisitedPage> {
  const asksDevice = page.method === 'passkey' || page.method === 'security-key'
  return device && asksDevice ? device.answer(visitor, page) : answerPage(visitor, page, ada)
}

interface Fetched extends IssuedTokens {
  readonly token: string
  readonly asked: readonly string[]
}

/** Tokens for these parameters, and what the pages asked for on the way. */
async function fetchTokens(
  parameters: Readonly<Record<string, string>> = {},
  device?: PasskeyDevice,
): Promise<Fetched> {
  const attempt = authorizationRequest(house, {
    client_id: 'web',
    resource,
    scope: 'openid accounts',
    ...parameters,
  })
  let page = await visitor.get(attempt.url)
  const asked: string[] = []
  while (page.page === 'login' || page.page === 'step-up') {
    if (asked.length > 4) throw new Error(`asked without end: ${asked.join()}`)
    asked.push(page.method ?? '')
    page = await answer(page, device)
  }
  const tokens = await redeem(house, 'web', attempt, page)
  return { ...tokens, asked, token: String(tokens.raw.access_token) }
}

async function refreshed(tokens: IssuedTokens): Promise<Fetched> {
  const renewed = await requestTokens(house, {
    grant_type: 'refresh_token',
    client_id: 'web',
    refresh_token: String(tokens.raw.refresh_token),
    resource,
  })
  return { ...renewed, asked: [], token: String(renewed.raw.access_token) }
}

async function call(
  { token }: Pick<Fetched, 'token'>,
  requirement?: RequirementDeclaration,
  of = api,
): Promise<Outcome> {
  return of.check({ authorization: `Bearer ${token}` }, requirement)
}

/** How the call ended: `allowed`, or why not. */
async function verdict(
  token: Pick<Fetched, 'token'>,
  requirement?: RequirementDeclaration,
  of = api,
): Promise<string> {
  const outcome = await call(token, requirement, of)
  return outcome.outcome === 'allowed' ? 'allowed' : outcome.reason
}

/** What a client that reads the challenge sends to the provider. */
async function challengeParameters(
  token: Pick<Fetched, 'token'>,
  requirement: RequirementDeclaration,
): Promise<Readonly<Record<string, string>>> {
  const outcome = await call(token, requirement)
  if (outcome.outcome === 'allowed') throw new Error('the token passed')
  expect([outcome.status, outcome.body.error]).toEqual([401, 'insufficient_user_authentication'])
  const reading = findStepUpChallenge(outcome.headers['WWW-Authenticate'] ?? '')
  if (!reading.found) throw new Error(`no challenge: ${reading.code}`)
  return { ...authorizationParameters(reading.challenge) }
}

/** The whole loop of RFC 9470: refused, asked, allowed. */
async function climb(
  from: Pick<Fetched, 'token'>,
  requirement: RequirementDeclaration,
  device?: PasskeyDevice,
): Promise<Fetched> {
  const risen = await fetchTokens(await challengeParameters(from, requirement), device)
  expect(await verdict(risen, requirement)).toBe('allowed')
  return risen
}

describe('the levels that an API asks', () => {
  it('are those that the provider publishes, without configuration of its own', async () => {
    api.require({ acr: ['basic', 'mfa', 'phr'] })
    await expect(api.ready()).resolves.toBeUndefined()
    api.require({ acr: 'gold' })
    await expect(api.ready()).rejects.toMatchObject({ code: 'unknown_acr' })
  })

  it('let a token of their own or of a stronger level pass, and challenge a lower one', async () => {
    const basic = await fetchTokens()
    expect(await verdict(basic)).toBe('allowed')
    expect(await verdict(basic, { acr: 'basic' })).toBe('allowed')
    expect(await verdict(basic, { acr: 'mfa' })).toBe('level_missing')
    expect(await verdict(basic, { acr: 'phr' })).toBe('level_missing')
    const mfa = await climb(basic, { acr: 'mfa' })
    expect(mfa.asked).toEqual(['totp'])
    expect(await verdict(mfa, { acr: 'basic' })).toBe('allowed')
    expect(await verdict(mfa, { acr: 'phr' })).toBe('level_missing')
    // A step-up does not touch the token of before.
    expect(await verdict(basic, { acr: 'basic' })).toBe('allowed')
    expect(await verdict(basic, { acr: 'mfa' })).toBe('level_missing')
  })

  it('are met by a challenge sent on as it is: a phishing-resistant level with a passkey', async () => {
    const device = new PasskeyDevice()
    const basic = await fetchTokens()
    const attempt = authorizationRequest(house, { client_id: 'web', acr_values: 'phr' })
    let page = await visitor.get(attempt.url)
    page = await visitor.submit(page, { method: 'passkey' })
    while (page.page === 'step-up') page = await answer(page)
    page = await device.answer(visitor, page)
    expect(page.page).toBe('enrolled')
    await visitor.press(page, 'Continue')

    const phr = await climb(basic, { acr: 'phr' }, device)
    expect(phr.accessToken).toMatchObject({ acr: 'phr', auth_time: now() })
    expect(await verdict(phr, { acr: 'mfa', maxAge: '1m' })).toBe('allowed')
    pass(5 * 60 + 1)
    expect(await verdict(phr, { acr: 'phr' })).not.toBe('allowed')
  })

  it('are met together with an age by one proof', async () => {
    const mfa = await fetchTokens({ acr_values: 'mfa' })
    pass(6 * 60)
    expect(await verdict(mfa, { acr: 'mfa', maxAge: '10m' })).toBe('allowed')
    expect(await verdict(mfa, { acr: 'mfa', maxAge: '5m' })).toBe('level_expired')
    // A password of this moment does not make the code of before any newer.
    const password = await fetchTokens({ acr_values: 'basic', max_age: '60' })
    expect(password.asked).toEqual(['password'])
    expect(await verdict(password, { acr: 'basic', maxAge: '5m' })).toBe('allowed')
    expect(await verdict(password, { acr: 'mfa', maxAge: '5m' })).toBe('level_missing')
    const fresh = await climb(mfa, { acr: 'mfa', maxAge: '5m' })
    expect(fresh.asked).toEqual(['totp'])
  })

  it('without a name but with an age are met by a fresh proof of any', async () => {
    const basic = await fetchTokens()
    pass(10 * 60)
    const fresh = await climb(basic, { maxAge: '5m' })
    expect([fresh.asked, fresh.accessToken.acr]).toEqual([['password'], 'basic'])
  })

  it('are not reached by taking parameters out of the address', async () => {
    const basic = await fetchTokens()
    const asked = await challengeParameters(basic, { acr: 'mfa', maxAge: '5m' })
    expect(Object.keys(asked).toSorted()).toEqual(['acr_values', 'max_age'])
    pass(60)
    for (const taken of [{}, { acr_values: 'basic' }, { max_age: '300' }, { scope: 'openid' }]) {
      const tokens = await fetchTokens(taken)
      expect(await verdict(tokens, { acr: 'mfa', maxAge: '5m' })).not.toBe('allowed')
    }
  })
})

describe('one proof for one call (`maxAge: 0`)', () => {
  it('passes once, and is challenged the second time', async () => {
    const basic = await fetchTokens()
    const once = { acr: 'basic', maxAge: 0 }
    const risen = await climb(basic, once)
    expect(risen.asked).toEqual(['password'])
    expect(await verdict(risen, once)).toBe('one_shot_used')
    expect(await challengeParameters(risen, once)).toMatchObject({ max_age: '0' })
    expect((await climb(risen, once)).asked).toEqual(['password'])
  })

  it('is not passed by a token of another step-up in the same second', async () => {
    const once = { acr: 'mfa', maxAge: 0 }
    const login = await fetchTokens({ acr_values: 'mfa' })
    expect(login.accessToken.auth_time).toBe(now())
    expect(await verdict(login, once)).toBe('level_expired')
    pass(30)
    const asked = await fetchTokens({ acr_values: 'mfa', max_age: '0' })
    expect(await verdict(await fetchTokens({ acr_values: 'mfa' }), once)).toBe('level_expired')
    expect(await verdict(asked, once)).toBe('allowed')
  })

  it('is not passed by refreshing what passed', async () => {
    const once = { acr: 'basic', maxAge: 0 }
    const risen = await fetchTokens({ acr_values: 'basic', max_age: '0' })
    expect(await verdict(await refreshed(risen), once)).toBe('level_expired')
    expect(await verdict(risen, once)).toBe('allowed')
  })

  it('passes one of ten calls at once', async () => {
    const once = { acr: 'basic', maxAge: 0 }
    const risen = await fetchTokens({ max_age: '0' })
    const verdicts = await Promise.all(Array.from({ length: 10 }, async () => verdict(risen, once)))
    expect(verdicts.filter((each) => each === 'allowed')).toHaveLength(1)
  })

  it('does not pass a lower level for being fresh', async () => {
    const risen = await fetchTokens({ acr_values: 'basic', max_age: '0' })
    expect(await verdict(risen, { acr: 'mfa', maxAge: 0 })).toBe('level_missing')
    // The call that was refused did not use it up.
    expect(await verdict(risen, { acr: 'basic', maxAge: 0 })).toBe('allowed')
  })
})

describe('decay', () => {
  it('refuses the old token after the lifetime of its level, and challenges the refreshed one', async () => {
    const mfa = await fetchTokens({ acr_values: 'mfa' })
    pass(15 * 60 - 1)
    expect(await verdict(mfa, { acr: 'mfa' })).toBe('allowed')
    const late = await refreshed(mfa)
    expect(await verdict(late, { acr: 'mfa' })).toBe('allowed')
    pass(2)
    expect(await verdict(mfa, { acr: 'mfa' })).not.toBe('allowed')
    expect(await verdict(late, { acr: 'mfa' })).not.toBe('allowed')
    const lowered = await refreshed(late)
    expect(lowered.accessToken.acr).toBe('basic')
    expect(await verdict(lowered, { acr: 'basic' })).toBe('allowed')
    expect(await verdict(lowered, { acr: 'mfa' })).toBe('level_missing')
    expect((await climb(lowered, { acr: 'mfa' })).asked).toEqual(['totp'])
  })

  it('is not undone by a refresh token of before the step-up', async () => {
    const basic = await fetchTokens()
    await fetchTokens({ acr_values: 'mfa' })
    expect(await verdict(await refreshed(basic), { acr: 'mfa' })).toBe('level_missing')
  })
})

describe('what the provider issues, the API accepts for the same requirement at the same time', () => {
  const requirements: readonly SimpleRequirement[] = [
    { acr: 'basic' },
    { acr: 'mfa' },
    { acr: ['phr', 'mfa'] },
    { acr: ['gold', 'mfa'] },
    { acr: 'basic', maxAge: '30s' },
    { acr: 'mfa', maxAge: '2m' },
    { acr: ['mfa', 'basic'], maxAge: '2m' },
    { maxAge: '1m' },
    { maxAge: 0 },
    { acr: 'mfa', maxAge: 0 },
    { acr: ['mfa', 'basic'], maxAge: 0 },
  ]

  it.each([0, 31, 121, 899, 900, 901])(
    'in one session, with %i seconds between the requests',
    async (seconds) => {
      let held = await fetchTokens()
      for (const requirement of requirements) {
        pass(seconds)
        // A one-time code is good for one request.
        if (seconds < 30) pass(30)
        if ((await verdict(held, requirement)) === 'allowed') continue
        const sent = challengeOf(await call(held, requirement)) ?? asParameters(requirement)
        held = await fetchTokens(sent)
        expect([requirement, await verdict(held, requirement)]).toEqual([requirement, 'allowed'])
      }
    },
  )

  function challengeOf(outcome: Outcome): Readonly<Record<string, string>> | undefined {
    if (outcome.outcome === 'allowed') return undefined
    const reading = findStepUpChallenge(outcome.headers['WWW-Authenticate'] ?? '')
    return reading.found ? { ...authorizationParameters(reading.challenge) } : undefined
  }

  /** Where the token is expired altogether, there is no challenge: the client asks what it knows that the call needs. */
  function asParameters({ acr, maxAge }: SimpleRequirement): Record<string, string> {
    const seconds = { '30s': '30', '1m': '60', '2m': '120', '5m': '300' }[String(maxAge)]
    return {
      ...(acr === undefined ? {} : { acr_values: [acr].flat().join(' ') }),
      ...(maxAge === undefined ? {} : { max_age: seconds ?? String(maxAge) }),
    }
  }
})

describe('a provider that is down', () => {
  it('leaves held tokens working until they expire, opens nothing, and goes on where it was', async () => {
    const sealer = createSealer(randomBytes(32))
    const own = await openHouse({ sealer })
    const before = { house, visitor, ada }
    house = own
    visitor = own.visitor()
    let running = own.provider
    try {
      ada = await own.addPerson('ada', { totp: true })
      const known = await openApi(own)
      const mfa = await fetchTokens({ acr_values: 'mfa' })
      const basic = await fetchTokens()
      expect(await verdict(mfa, { acr: 'mfa' }, known)).toBe('allowed')
      await running.close()

      const cold = await openApi(own)
      expect(await verdict(mfa, { acr: 'mfa' }, cold)).toBe('provider_unavailable')
      expect(await verdict(mfa, undefined, cold)).toBe('provider_unavailable')
      await expect(cold.ready()).rejects.toMatchObject({ code: 'provider_unavailable' })

      expect(await verdict(mfa, { acr: 'mfa' }, known)).toBe('allowed')
      expect(await verdict(basic, { acr: 'basic' }, known)).toBe('allowed')
      expect(await verdict(basic, { acr: 'mfa' }, known)).toBe('level_missing')
      expect(await verdict({ token: tampered(mfa.token) }, undefined, known)).toBe(
        'signature_invalid',
      )
      pass(15 * 60 + 1)
      expect(await verdict(mfa, { acr: 'mfa' }, known)).not.toBe('allowed')
      pass(40 * 60)
      expect(await verdict(basic, { acr: 'basic' }, known)).toBe('allowed')

      running = await createIdentityProvider({ document: own.document, store: own.store, sealer })
      await running.listen({ port: Number(new URL(own.issuer).port) })
      pass(60)
      expect(await verdict(basic, { acr: 'basic' }, cold)).toBe('allowed')
      const renewed = await refreshed(basic)
      expect(await verdict(renewed, { acr: 'basic' }, known)).toBe('allowed')
      const risen = await fetchTokens({ acr_values: 'mfa' })
      expect(risen.asked).toEqual(['totp'])
      expect(await verdict(risen, { acr: 'mfa' }, known)).toBe('allowed')
    } finally {
      await running.close()
      await own.store.close()
      ;({ house, visitor, ada } = before)
    }
  })
})

function tampered(token: string): string {
  return `${token.slice(0, -8)}AAAAAAAA`
}
