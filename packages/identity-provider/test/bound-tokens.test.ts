import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type AuthorizationAttempt,
  type TestPerson,
  type VisitedPage,
  type Visitor,
  answerPages,
} from '@newel/testing/house'
import { holdClock } from './hold-clock.ts'
import {
  type ClientKeyPair,
  type EndpointAnswer,
  type ProtocolHouse,
  clientKeys,
  dpopProof,
  openProtocolHouse,
  send,
} from './protocol-house.ts'
import { ask, now, outcome } from './step-up-house.ts'

let house: ProtocolHouse
let ada: TestPerson
let visitor: Visitor
let keys: ClientKeyPair
beforeAll(async () => {
  house = await openProtocolHouse()
  keys = await clientKeys()
})
afterAll(async () => house.close())

holdClock()
let people = 0
beforeEach(async () => {
  people += 1
  ada = await house.addPerson(`ada${people}`, { totp: true })
  visitor = house.visitor()
})

interface Journey {
  readonly attempt: AuthorizationAttempt
  readonly page: VisitedPage
}

async function toCode(
  clientId: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Journey> {
  const { attempt, page } = await ask(house, visitor, { client_id: clientId, ...parameters })
  return { attempt, page: (await answerPages(visitor, page, ada)).page }
}

async function redeemWith(
  clientId: string,
  { attempt, page }: Journey,
  bound: ClientKeyPair | undefined,
): Promise<EndpointAnswer> {
  return token(
    {
      grant_type: 'authorization_code',
      client_id: clientId,
      code: page.url.searchParams.get('code') ?? '',
      redirect_uri: house.redirectUri,
      code_verifier: attempt.verifier,
    },
    bound,
  )
}

async function token(
  form: Readonly<Record<string, string>>,
  bound: ClientKeyPair | undefined,
): Promise<EndpointAnswer> {
  const url = new URL('/token', house.issuer)
  return send(house, '/token', form, {
    headers: bound === undefined ? {} : { dpop: await dpopProof(bound, { url }) },
  })
}

function claimsOf({ body }: EndpointAnswer): Readonly<Record<string, unknown>> {
  const [, claims = ''] = String(body.access_token).split('.')
  return JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>
}

describe('a client with `dpop: required`', () => {
  it('gets its tokens bound to its key, and those of a step-up to the same (RFC 9449 §5)', async () => {
    const first = await redeemWith('bound', await toCode('bound'), keys)
    const second = await redeemWith('bound', await toCode('bound', { acr_values: 'mfa' }), keys)
    expect(first.body.token_type).toBe('DPoP')
    expect(claimsOf(first)).toMatchObject({ acr: 'basic', cnf: { jkt: keys.publicJwk.kid } })
    expect(claimsOf(second)).toMatchObject({ acr: 'mfa', cnf: { jkt: keys.publicJwk.kid } })
  })

  it('cannot fall back to a bearer token by stepping up', async () => {
    await redeemWith('bound', await toCode('bound'), keys)
    const stepUp = await redeemWith(
      'bound',
      await toCode('bound', { acr_values: 'mfa' }),
      undefined,
    )
    expect([stepUp.status, stepUp.body.error]).toEqual([400, 'invalid_grant'])
  })

  it('cannot fall back to a bearer token by refreshing', async () => {
    const { body } = await redeemWith('bound', await toCode('bound'), keys)
    const form = {
      grant_type: 'refresh_token',
      client_id: 'bound',
      refresh_token: String(body.refresh_token),
    }
    expect((await token(form, undefined)).body.error).toBe('invalid_grant')
    expect((await token(form, await clientKeys())).body.error).toBe('invalid_grant')
    const refreshed = await token(form, keys)
    expect(claimsOf(refreshed)).toMatchObject({ cnf: { jkt: keys.publicJwk.kid } })
  })
})

describe('a client that may bind its tokens', () => {
  it('binds its refresh token with the first of them (RFC 9449 §5)', async () => {
    const { body } = await redeemWith('web', await toCode('web'), keys)
    const form = {
      grant_type: 'refresh_token',
      client_id: 'web',
      refresh_token: String(body.refresh_token),
    }
    expect((await token(form, undefined)).body.error).toBe('invalid_grant')
    expect((await token(form, await clientKeys())).body.error).toBe('invalid_grant')
    expect((await token(form, keys)).body.token_type).toBe('DPoP')
  })
})

describe('a proof of a key', () => {
  const form = { grant_type: 'authorization_code', client_id: 'bound' }

  it('is used once, however many ask at the same time (RFC 9449 §11.1)', async () => {
    const url = new URL('/token', house.issuer)
    const dpop = await dpopProof(keys, { url })
    const journeys = [await toCode('bound'), await toCode('bound'), await toCode('bound')]
    const answers = await Promise.all(
      journeys.map(async ({ attempt, page }) =>
        send(
          house,
          '/token',
          {
            ...form,
            code: page.url.searchParams.get('code') ?? '',
            redirect_uri: house.redirectUri,
            code_verifier: attempt.verifier,
          },
          { headers: { dpop } },
        ),
      ),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['another address', { htu: 'https://elsewhere.example/token' }],
    ['another method', { htm: 'GET' }],
    ['an hour ago', { iat: Math.floor(Date.now() / 1000) - 3600 }],
    ['an hour ahead', { iat: Math.floor(Date.now() / 1000) + 3600 }],
    ['no use of its own', { jti: undefined }],
  ])('for %s is refused', async (_, claims) => {
    const { attempt, page } = await toCode('bound')
    const url = new URL('/token', house.issuer)
    const { status, body } = await send(
      house,
      '/token',
      {
        ...form,
        code: page.url.searchParams.get('code') ?? '',
        redirect_uri: house.redirectUri,
        code_verifier: attempt.verifier,
      },
      { headers: { dpop: await dpopProof(keys, { url }, claims) } },
    )
    expect([status, body.error]).toEqual([400, 'invalid_dpop_proof'])
  })

  it('binds the code that was asked for with its thumbprint (RFC 9449 §10)', async () => {
    const { jkt } = { jkt: String(keys.publicJwk.kid) }
    const stolen = await toCode('web', { dpop_jkt: jkt })
    expect(outcome(stolen.page)).toBe('code')
    expect((await redeemWith('web', stolen, undefined)).body.error).toBe('invalid_grant')
    const thief = await toCode('web', { dpop_jkt: jkt })
    expect((await redeemWith('web', thief, await clientKeys())).body.error).toBe('invalid_grant')
    const own = await redeemWith('web', await toCode('web', { dpop_jkt: jkt }), keys)
    expect(claimsOf(own)).toMatchObject({ auth_time: now(), cnf: { jkt } })
  })
})
