import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type TestPerson,
  type Visitor,
  answerPages,
  authorizationRequest,
} from '@newel/testing/house'
import { holdClock } from './hold-clock.ts'
import {
  type ClientKeyPair,
  type EndpointAnswer,
  type ProtocolHouse,
  asserting,
  clientAssertion,
  clientKeys,
  dpopProof,
  openProtocolHouse,
  requestObject,
  send,
} from './protocol-house.ts'
import { now, outcome, pass } from './step-up-house.ts'

let house: ProtocolHouse
let ada: TestPerson
let visitor: Visitor
let bindingKey: ClientKeyPair
beforeAll(async () => {
  house = await openProtocolHouse()
  bindingKey = await clientKeys()
})
afterAll(async () => house.close())

holdClock()
let people = 0
beforeEach(async () => {
  people += 1
  ada = await house.addPerson(`ada${people}`, { totp: true })
  visitor = house.visitor()
})

async function authenticated(
  claims: Readonly<Record<string, unknown>> = {},
): Promise<Readonly<Record<string, string>>> {
  return asserting(await clientAssertion(house, 'bank', claims))
}

async function push(
  parameters: Readonly<Record<string, string>> = {},
  claims: Readonly<Record<string, unknown>> = {},
) {
  const attempt = authorizationRequest(house, {
    client_id: 'bank',
    scope: 'openid accounts',
    resource: 'https://api.test',
    ...parameters,
  })
  const answer = await send(house, '/par', {
    ...Object.fromEntries(attempt.url.searchParams),
    ...(await authenticated(claims)),
  })
  const url = new URL('/authorize', house.issuer)
  url.search = new URLSearchParams({
    client_id: 'bank',
    request_uri: String(answer.body.request_uri),
  }).toString()
  return { attempt, answer, url }
}

async function codeFor(parameters: Readonly<Record<string, string>> = {}) {
  const { attempt, url } = await push(parameters)
  const { page, asked } = await answerPages(visitor, await visitor.get(url), ada)
  return { attempt, page, asked }
}

async function redeemed(
  { attempt, page }: Awaited<ReturnType<typeof codeFor>>,
  bound = true,
): Promise<EndpointAnswer> {
  return token(
    {
      grant_type: 'authorization_code',
      code: page.url.searchParams.get('code') ?? '',
      redirect_uri: house.redirectUri,
      code_verifier: attempt.verifier,
    },
    bound,
  )
}

async function token(form: Readonly<Record<string, string>>, bound = true) {
  const url = new URL('/token', house.issuer)
  return send(
    house,
    '/token',
    { ...form, ...(await authenticated()) },
    { headers: bound ? { dpop: await dpopProof(bindingKey, { url }) } : {} },
  )
}

function claimsOf({ body }: EndpointAnswer): Readonly<Record<string, unknown>> {
  const [, claims = ''] = String(body.access_token).split('.')
  return JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>
}

describe('a client with `profile: fapi2` (FAPI 2.0 Security Profile §5.3.2)', () => {
  it('signs in and steps up with bound tokens and the issuer in the answer', async () => {
    const login = await codeFor()
    expect(login.page.url.searchParams.get('iss')).toBe(house.issuer)
    expect(claimsOf(await redeemed(login))).toMatchObject({ acr: 'basic' })
    const stepUp = await codeFor({ acr_values: 'mfa', max_age: '600' })
    expect(stepUp.asked).toEqual(['step-up:totp'])
    expect(claimsOf(await redeemed(stepUp))).toMatchObject({
      acr: 'mfa',
      auth_time: now(),
      cnf: { jkt: bindingKey.publicJwk.kid },
    })
  })

  it('is refused a request that was not pushed', async () => {
    const { url } = authorizationRequest(house, { client_id: 'bank' })
    expect(outcome(await visitor.get(url))).toBe('invalid_request')
  })

  it('is refused without PKCE by `S256`', async () => {
    const { answer } = await push({ code_challenge: '' })
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request'])
    const plain = await push({ code_challenge_method: 'plain' })
    expect([plain.answer.status, plain.answer.body.error]).toEqual([400, 'invalid_request'])
  })

  it('authenticates to the issuer alone, not to an endpoint nor to several', async () => {
    for (const aud of [`${house.issuer}/token`, `${house.issuer}/par`, [house.issuer]]) {
      const { answer } = await push({}, { aud })
      expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client'])
    }
  })

  it('does not sign by RSA with PKCS #1 v1.5 (§5.4.1)', async () => {
    const signedBy = async (alg: string) =>
      clientAssertion(house, 'bank', {}, { key: house.rsaKeys.privateKey, header: { alg } })
    const { url } = authorizationRequest(house, { client_id: 'bank' })
    const form = Object.fromEntries(url.searchParams)
    const answer = await send(house, '/par', { ...form, ...asserting(await signedBy('RS256')) })
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client'])
  })

  it('signs its requests, if it does, by the same algorithms and from a stated time (§5.3.2.1)', async () => {
    const pushSigned = async (claims: Readonly<Record<string, unknown>>, rsa = false) => {
      const options = rsa ? { key: house.rsaKeys.privateKey, header: { alg: 'RS256' } } : {}
      const { object } = await requestObject(house, 'bank', claims, options)
      return (
        await send(house, '/par', {
          client_id: 'bank',
          request: object,
          ...(await authenticated()),
        })
      ).status
    }
    expect(await pushSigned({})).toBe(201)
    expect(await pushSigned({ nbf: undefined })).toBe(400)
    expect(await pushSigned({}, true)).toBe(400)
  })

  it('gets no bearer token', async () => {
    const answer = await redeemed(await codeFor(), false)
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_grant'])
  })

  it('redeems a code within a minute', async () => {
    const inTime = await codeFor()
    pass(59)
    expect((await redeemed(inTime)).status).toBe(200)
    const late = await codeFor()
    pass(61)
    expect((await redeemed(late)).body.error).toBe('invalid_grant')
  })

  it('keeps its refresh token, and the level falls with it all the same', async () => {
    await codeFor()
    const { body } = await redeemed(await codeFor({ acr_values: 'mfa' }))
    const form = { grant_type: 'refresh_token', refresh_token: String(body.refresh_token) }
    const provedAt = now()
    const again = await token(form)
    expect(again.body.refresh_token).toBe(body.refresh_token)
    expect(claimsOf(again)).toMatchObject({ acr: 'mfa', auth_time: provedAt })
    pass(15 * 60 + 1)
    expect(claimsOf(await token(form))).toMatchObject({ acr: 'basic', auth_time: provedAt })
    await codeFor({ acr_values: 'mfa' })
    expect(claimsOf(await token(form))).toMatchObject({ acr: 'basic', auth_time: provedAt })
    expect((await token(form, false)).body.error).toBe('invalid_grant')
  })
})
