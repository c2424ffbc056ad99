import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { IssuedTokens, TestPerson } from '@newel/testing/house'
import { holdClock } from './hold-clock.ts'
import {
  type ProtocolHouse,
  clientKeys,
  dpopProof,
  openProtocolHouse,
  send,
} from './protocol-house.ts'
import { journey, now, pass } from './step-up-house.ts'

let house: ProtocolHouse
let ada: TestPerson
beforeAll(async () => {
  house = await openProtocolHouse()
})
afterAll(async () => house.close())

holdClock()
let people = 0
beforeEach(async () => {
  people += 1
  ada = await house.addPerson(`ada${people}`, { totp: true })
})

const jwtApi = 'https://api.test'
const opaqueApi = 'https://opaque.test'

async function introspect(token: unknown, as = 'api') {
  const { body } = await send(house, '/introspect', { token: String(token) }, { as })
  return body
}

async function steppedUp(resource: string): Promise<IssuedTokens> {
  return journey(house, house.visitor(), ada, { resource, acr_values: 'mfa' })
}

describe.each([
  ['a JWT', jwtApi],
  ['an opaque token', opaqueApi],
])('the answer about %s', (_, resource) => {
  it('states `acr` and `auth_time` as the ID token does (RFC 9470 §6.2)', async () => {
    const { raw, idToken } = await steppedUp(resource)
    expect(idToken).toMatchObject({ acr: 'mfa', auth_time: now() })
    expect(await introspect(raw.access_token)).toMatchObject({
      active: true,
      acr: 'mfa',
      amr: idToken.amr,
      auth_time: now(),
      sub: ada.accountId,
      client_id: 'web',
      aud: resource,
      scope: 'accounts',
      token_type: 'Bearer',
    })
  })

  it('is of a bound token, where it is bound to a key (RFC 9449 §6.2)', async () => {
    const keys = await clientKeys()
    const token = await boundToken(resource, keys)
    const answer = await introspect(token.access_token)
    expect(answer).toMatchObject({
      active: true,
      token_type: 'DPoP',
      cnf: { jkt: keys.publicJwk.kid },
    })
  })

  it('is `active: false` when the token has passed, or was never one', async () => {
    const { raw } = await steppedUp(resource)
    expect(await introspect(`${String(raw.access_token)}x`)).toEqual({ active: false })
    pass(301)
    expect(await introspect(raw.access_token)).toEqual({ active: false })
  })

  it('is `active: false` when everything of the account was ended after it was issued', async () => {
    const { raw } = await steppedUp(resource)
    pass(1)
    await house.provider.endSessions(ada.accountId)
    expect(await introspect(raw.access_token)).toEqual({ active: false })
  })

  it('is `active: false` when the account was disabled', async () => {
    const { raw } = await steppedUp(resource)
    await house.store.accounts.setDisabled(ada.accountId, true)
    expect(await introspect(raw.access_token)).toEqual({ active: false })
  })

  it('is for its API and its client, and for no other (RFC 7662 §2.1)', async () => {
    const { raw } = await steppedUp(resource)
    expect(await introspect(raw.access_token, 'stranger')).toEqual({ active: false })
    const own = await send(house, '/introspect', {
      token: String(raw.access_token),
      client_id: 'web',
    })
    expect(own.body.active).toBe(true)
    // It may ask for tokens of this API, and does not authenticate: anybody could ask in its name.
    const other = await send(house, '/introspect', {
      token: String(raw.access_token),
      client_id: 'bound',
    })
    expect(other.body).toEqual({ active: false })
  })
})

async function boundToken(resource: string, keys: Awaited<ReturnType<typeof clientKeys>>) {
  const { raw } = await steppedUp(resource)
  const url = new URL('/token', house.issuer)
  const { body } = await send(
    house,
    '/token',
    {
      grant_type: 'refresh_token',
      client_id: 'web',
      refresh_token: String(raw.refresh_token),
      resource,
    },
    { headers: { dpop: await dpopProof(keys, { url }) } },
  )
  return body
}

describe('an opaque token', () => {
  it('tells nothing by itself', async () => {
    const { raw } = await steppedUp(opaqueApi)
    expect(String(raw.access_token)).toMatch(/^[\w-]{43,}$/)
  })

  it('names a level only while its proof stands', async () => {
    const { raw } = await steppedUp(opaqueApi)
    const credentials = await house.store.credentials.forAccount(ada.accountId)
    const totp = credentials.find(({ method }) => method === 'totp')
    await house.store.credentials.remove(totp?.id ?? '')
    const answer = await introspect(raw.access_token)
    expect(answer).toMatchObject({ active: true, acr: 'basic', amr: ['pwd'] })
  })

  it('is not raised by what was proved after it', async () => {
    const visitor = house.visitor()
    const { raw } = await journey(house, visitor, ada, { resource: opaqueApi })
    const provedAt = now()
    pass(30)
    await journey(house, visitor, ada, { resource: opaqueApi, acr_values: 'mfa' })
    expect(await introspect(raw.access_token)).toMatchObject({ acr: 'basic', auth_time: provedAt })
  })

  it('stays as it is when its person steps up, at its client and at another', async () => {
    const visitor = house.visitor()
    const own = await journey(house, visitor, ada, { resource: opaqueApi })
    const other = await journey(house, visitor, ada, { client_id: 'bare', resource: opaqueApi })
    await journey(house, visitor, ada, { resource: opaqueApi, acr_values: 'mfa' })
    for (const { raw } of [own, other]) {
      expect(await introspect(raw.access_token)).toMatchObject({ active: true, acr: 'basic' })
      expect(raw.refresh_token).toBeDefined()
    }
  })

  it('of one proof for one request says so', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada, { resource: opaqueApi })
    const { raw } = await journey(house, visitor, ada, { resource: opaqueApi, max_age: '0' })
    expect(await introspect(raw.access_token)).toMatchObject({ newel_one_shot: true })
  })

  it('ends when its client revokes it, and nobody else can', async () => {
    const { raw } = await steppedUp(opaqueApi)
    const form = { token: String(raw.access_token), client_id: 'web' }
    expect((await send(house, '/revoke', { ...form, client_id: 'bound' })).status).toBe(200)
    expect(await introspect(raw.access_token)).toMatchObject({ active: true })
    await send(house, '/revoke', form)
    expect(await introspect(raw.access_token)).toEqual({ active: false })
  })

  it('is no token for userinfo', async () => {
    const { raw } = await steppedUp(opaqueApi)
    const answer = await fetch(new URL('/userinfo', house.issuer), {
      headers: { authorization: `Bearer ${String(raw.access_token)}` },
    })
    expect(answer.status).toBe(403)
  })
})

describe('a refresh token', () => {
  it('is a matter of its client alone', async () => {
    const { raw } = await steppedUp(opaqueApi)
    expect(await introspect(raw.refresh_token)).toEqual({ active: false })
    const own = await send(house, '/introspect', {
      token: String(raw.refresh_token),
      client_id: 'web',
    })
    expect(own.body.active).toBe(true)
  })
})

describe('a token that a client gets for itself', () => {
  async function machineToken(resource: string, more: Readonly<Record<string, string>> = {}) {
    return send(
      house,
      '/token',
      { grant_type: 'client_credentials', resource, scope: 'accounts', ...more },
      { as: 'robot' },
    )
  }

  it.each([jwtApi, opaqueApi])('for %s never names a level', async (resource) => {
    const { body } = await machineToken(resource, {
      acr_values: 'mfa',
      claims: '{"id_token":{"acr":{"value":"mfa"}}}',
      max_age: '0',
    })
    expect(body).toMatchObject({ scope: 'accounts', token_type: 'Bearer' })
    expect(body).not.toHaveProperty('id_token')
    expect(body).not.toHaveProperty('refresh_token')
    const answer = await introspect(body.access_token)
    expect(answer).toMatchObject({ active: true, client_id: 'robot', aud: resource })
    for (const claim of ['acr', 'amr', 'auth_time']) expect(answer).not.toHaveProperty(claim)
  })

  it('is not for a client that the document does not let', async () => {
    const { status, body } = await send(
      house,
      '/token',
      { grant_type: 'client_credentials' },
      { as: 'server' },
    )
    expect([status, body.error]).toEqual([400, 'invalid_request'])
  })

  it('is not for an API that is not among its resources (RFC 8707 §2)', async () => {
    const { body } = await machineToken('https://elsewhere.test')
    expect(body.error).toBe('invalid_target')
  })
})

describe('token exchange', () => {
  it('is not offered (RFC 6749 §5.2)', async () => {
    const { raw } = await steppedUp(jwtApi)
    const { status, body } = await send(
      house,
      '/token',
      {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: String(raw.access_token),
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      },
      { as: 'robot' },
    )
    expect([status, body.error]).toEqual([400, 'unsupported_grant_type'])
  })
})

describe('claims that somebody asks for', () => {
  it('do not stand in for `acr`, `amr` and `auth_time`', async () => {
    const claims = JSON.stringify({
      id_token: {
        acr: { value: 'basic' },
        amr: { values: ['hwk'] },
        auth_time: { value: 1 },
        newel_one_shot: { value: true },
      },
      userinfo: { acr: { value: 'mfa' }, auth_time: null },
    })
    const tokens = await journey(house, house.visitor(), ada, {
      claims,
      scope: 'openid profile accounts',
    })
    for (const token of [tokens.idToken, tokens.accessToken]) {
      expect(token).toMatchObject({ acr: 'basic', amr: ['pwd'], auth_time: now() })
      expect(token).not.toHaveProperty('newel_one_shot')
    }
  })
})
