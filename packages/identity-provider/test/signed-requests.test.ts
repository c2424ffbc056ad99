import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type AuthorizationAttempt,
  type TestPerson,
  type VisitedPage,
  type Visitor,
  answerPages,
  authorizationRequest,
} from '@newel/testing/house'
import { holdClock } from './hold-clock.ts'
import {
  type ProtocolHouse,
  asserting,
  clientAssertion,
  clientKeys,
  openProtocolHouse,
  requestObject,
  secret,
  send,
} from './protocol-house.ts'
import { now, outcome } from './step-up-house.ts'

let house: ProtocolHouse
let ada: TestPerson
let visitor: Visitor
beforeAll(async () => {
  house = await openProtocolHouse()
})
afterAll(async () => house.close())

holdClock()
let people = 0
beforeEach(async () => {
  people += 1
  ada = await house.addPerson(`ada${people}`, { totp: true })
  visitor = house.visitor()
})

type Claims = Readonly<Record<string, unknown>>

/** Opens `/authorize` with the object and these parameters beside it. */
async function open(
  clientId: string,
  claims: Claims,
  beside: Readonly<Record<string, string>> = {},
): Promise<{ readonly page: VisitedPage; readonly attempt: AuthorizationAttempt }> {
  const { object, attempt } = await requestObject(house, clientId, claims)
  const url = new URL('/authorize', house.issuer)
  url.search = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    scope: 'openid',
    request: object,
    ...beside,
  }).toString()
  return { page: await visitor.get(url), attempt }
}

/** The same, by a reference that was pushed (RFC 9126 §3). */
async function openPushed(
  clientId: string,
  claims: Claims,
  beside: Readonly<Record<string, string>> = {},
  besidePushed: Readonly<Record<string, string>> = {},
): Promise<{ readonly page: VisitedPage; readonly attempt: AuthorizationAttempt }> {
  const { object, attempt } = await requestObject(house, clientId, claims)
  const { body } = await send(
    house,
    '/par',
    { client_id: clientId, request: object, ...besidePushed },
    { as: clientId },
  )
  const url = new URL('/authorize', house.issuer)
  url.search = new URLSearchParams({
    client_id: clientId,
    request_uri: String(body.request_uri),
    ...beside,
  }).toString()
  return { page: await visitor.get(url), attempt }
}

const ways = [
  ['carried by the browser', open],
  ['pushed', openPushed],
] as const

async function signIn(): Promise<void> {
  const { page } = await open('signing', {})
  expect(outcome((await answerPages(visitor, page, ada)).page)).toBe('code')
}

async function tokensOf(attempt: AuthorizationAttempt, page: VisitedPage) {
  const { body } = await send(
    house,
    '/token',
    {
      grant_type: 'authorization_code',
      code: page.url.searchParams.get('code') ?? '',
      redirect_uri: house.redirectUri,
      code_verifier: attempt.verifier,
    },
    { as: 'signing' },
  )
  const [, claims = ''] = String(body.access_token).split('.')
  return JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>
}

describe.each(ways)('a signed request, %s', (_, openBy) => {
  it('signs in and steps up by what is in it (RFC 9101 §6.3)', async () => {
    await signIn()
    const { page, attempt } = await openBy('signing', { acr_values: 'mfa', max_age: 600 })
    const answered = await answerPages(visitor, page, ada)
    expect(answered.asked).toEqual(['step-up:totp'])
    expect(await tokensOf(attempt, answered.page)).toMatchObject({ acr: 'mfa', scope: 'accounts' })
  })

  it('is neither raised nor lowered by parameters beside it', async () => {
    await signIn()
    const { page, attempt } = await openBy(
      'signing',
      { acr_values: 'mfa' },
      {
        acr_values: 'basic',
        max_age: '0',
        prompt: 'login',
        claims: '{"id_token":{"acr":{"essential":true,"value":"basic"}}}',
        state: 'other',
        newel_max_age: '0',
        response_mode: 'form_post',
      },
    )
    const answered = await answerPages(visitor, page, ada)
    expect(answered.asked).toEqual(['step-up:totp'])
    expect(answered.page.url.searchParams.get('state')).toBe(attempt.state)
    const token = await tokensOf(attempt, answered.page)
    expect(token).toMatchObject({ acr: 'mfa' })
    expect(token['newel_one_shot']).toBeUndefined()
  })

  it('that asks for nothing is asked for nothing, whatever stands beside it', async () => {
    await signIn()
    const { page } = await openBy(
      'signing',
      {},
      { acr_values: 'mfa', max_age: '0', newel_max_age: '0', prompt: 'login' },
    )
    expect(outcome(page)).toBe('code')
  })

  it.each([0, '0'])('asks for one new proof by a `max_age` of %j, and no login', async (age) => {
    await signIn()
    const { page, attempt } = await openBy('signing', { max_age: age }, { max_age: '99999' })
    const answered = await answerPages(visitor, page, ada)
    expect(answered.asked).toEqual(['step-up:password'])
    expect(await tokensOf(attempt, answered.page)).toMatchObject({
      newel_one_shot: true,
      auth_time: now(),
    })
  })

  it('does not get a one-shot token by the private parameter', async () => {
    await signIn()
    const { page, attempt } = await openBy('signing', { newel_max_age: '0' })
    expect(outcome(page)).toBe('code')
    expect((await tokensOf(attempt, page))['newel_one_shot']).toBeUndefined()
  })

  it.each<[string, Claims]>([
    ['a malformed `max_age`', { max_age: '1.5' }],
    ['a negative `max_age`', { max_age: -1 }],
    ['a list of `acr_values`', { acr_values: ['mfa', 'basic'] }],
  ])('with %s gets no page and no code', async (__, claims) => {
    await signIn()
    const { page } = await openBy('signing', claims)
    expect(page.page).not.toBe('login')
    expect(outcome(page)).not.toBe('code')
  })

  it.each<[string, Claims]>([
    ['another audience', { aud: 'https://elsewhere.example' }],
    ['no audience', { aud: undefined }],
    ['another issuer', { iss: 'keyed' }],
    ['another client', { client_id: 'keyed' }],
    ['a subject (RFC 9101 §10.8)', { sub: 'signing' }],
    ['no end', { exp: undefined }],
    ['a time two minutes ahead', { iat: Math.floor(Date.now() / 1000) + 120 }],
    ['an end long ago', { exp: 1 }],
    ['an end in two hours', { exp: Math.floor(Date.now() / 1000) + 7200 }],
    ['a request in it', { request: 'x' }],
    ['a reference in it', { request_uri: 'urn:ietf:params:oauth:request_uri:x' }],
    ['an address to fetch in it', { request_uri: 'http://169.254.169.254/' }],
    ['a list of audiences without this one', { aud: ['https://elsewhere.example'] }],
    ['a redirect URI of another client', { redirect_uri: 'https://evil.example/' }],
    ['another response type', { response_type: 'code token' }],
  ])('with %s is refused', async (__, claims) => {
    await signIn()
    const { page } = await openBy('signing', claims)
    expect(page.page).not.toBe('login')
    expect(outcome(page)).not.toBe('code')
  })
})

describe('the signature of a request', () => {
  it.each<[string, () => Promise<string>]>([
    [
      'another key',
      async () => {
        const { privateKey: key } = await clientKeys()
        return (await requestObject(house, 'signing', {}, { key })).object
      },
    ],
    [
      'none at all',
      async () => {
        const { object } = await requestObject(house, 'signing')
        const [, claims = ''] = object.split('.')
        return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.`
      },
    ],
    [
      'an assertion of the client',
      async () => {
        const header = { typ: 'client-authentication+jwt' }
        return (await requestObject(house, 'signing', {}, { header })).object
      },
    ],
  ])('is not by %s', async (_, sign) => {
    const url = new URL('/authorize', house.issuer)
    const request = await sign()
    url.search = new URLSearchParams({
      client_id: 'signing',
      response_type: 'code',
      scope: 'openid',
      request,
    }).toString()
    expect((await visitor.get(url)).page).not.toBe('login')
    const { status } = await send(
      house,
      '/par',
      { client_id: 'signing', request },
      { as: 'signing' },
    )
    expect(status).toBe(400)
  })
})

describe('a client with `signedRequests: required`', () => {
  it('is refused a request that is not signed, opened or pushed (RFC 9101 §10.5)', async () => {
    const { url } = authorizationRequest(house, { client_id: 'signing' })
    expect(outcome(await visitor.get(url))).toBe('invalid_request')
    const { status, body } = await send(house, '/par', Object.fromEntries(url.searchParams), {
      as: 'signing',
    })
    expect([status, body.error]).toEqual([400, 'invalid_request'])
  })
})

describe('a request by reference', () => {
  it('is taken from what was pushed here alone (RFC 9126 §2.2)', async () => {
    const url = new URL('/authorize', house.issuer)
    url.search = new URLSearchParams({
      client_id: 'signing',
      request_uri: 'http://169.254.169.254/latest',
    }).toString()
    const page = await visitor.get(url)
    expect(page.page).not.toBe('login')
    expect(outcome(page)).not.toBe('code')
  })

  it('pushed by a client with a key needs the key (RFC 9126 §2)', async () => {
    const { object } = await requestObject(house, 'keyed')
    const push = async (authentication: Readonly<Record<string, string>>) =>
      send(house, '/par', { client_id: 'keyed', request: object, ...authentication })
    expect((await push({})).status).toBe(401)
    expect((await push({ client_secret: secret })).status).toBe(401)
    expect((await push(asserting(await clientAssertion(house, 'keyed')))).status).toBe(201)
  })
})
