import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type TestHouse, type TestPerson, redeem, requestTokens } from '@newel/testing/house'
import { holdClock } from './hold-clock.ts'
import { ask, journey, now, openStepUpHouse, resource, pass } from './step-up-house.ts'

let house: TestHouse
let ada: TestPerson

beforeAll(async () => {
  house = await openStepUpHouse()
})
afterAll(async () => {
  await house.close()
})

holdClock()
let people = 0
beforeEach(async () => {
  people += 1
  ada = await house.addPerson(`ada${people}`, { totp: true })
})

async function refresh(token: unknown, client = 'web') {
  return requestTokens(house, {
    grant_type: 'refresh_token',
    client_id: client,
    refresh_token: String(token),
    resource,
  })
}

describe('what the tokens state', () => {
  it('access token and ID token carry the same `acr`, `amr` and `auth_time` (RFC 9470 §6)', async () => {
    const { accessToken, idToken } = await journey(house, house.visitor(), ada, {
      acr_values: 'mfa',
    })
    const stated = { acr: 'mfa', amr: ['pwd', 'otp', 'mfa'], auth_time: now() }
    expect(accessToken).toMatchObject(stated)
    expect(idToken).toMatchObject(stated)
  })

  it('introspection carries the same `acr` and `auth_time`', async () => {
    const tokens = await journey(house, house.visitor(), ada, { acr_values: 'mfa' })
    const answer = await introspect(String(tokens.raw.access_token))
    expect(answer).toMatchObject({ active: true, acr: 'mfa', auth_time: now(), sub: ada.accountId })
    pass(301)
    expect(await introspect(String(tokens.raw.access_token))).toEqual({ active: false })
  })

  it('introspection says nothing of a token that was tampered with', async () => {
    const tokens = await journey(house, house.visitor(), ada)
    const [header, , signature] = String(tokens.raw.access_token).split('.')
    const forged = Buffer.from(JSON.stringify({ ...tokens.accessToken, acr: 'phr' })).toString(
      'base64url',
    )
    expect(await introspect(`${header}.${forged}.${signature}`)).toEqual({ active: false })
  })

  it('an access token never outlives the level that it names', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada, { acr_values: 'mfa' })
    const provedAt = now()
    pass(13 * 60)
    const { accessToken } = await journey(house, visitor, ada, { acr_values: 'mfa' })
    expect(accessToken.exp).toBe(provedAt + 15 * 60)
  })

  it('removing `acr_values` from the URL never yields a token of the level', async () => {
    const visitor = house.visitor()
    const { accessToken } = await journey(house, visitor, ada)
    expect(accessToken.acr).toBe('basic')
  })
})

describe('refresh', () => {
  it('never advances `auth_time` (OIDC Core §12.2)', async () => {
    const visitor = house.visitor()
    const first = await journey(house, visitor, ada, { acr_values: 'mfa' })
    const provedAt = now()
    pass(120)
    await journey(house, visitor, ada, { acr_values: 'mfa', max_age: '60' })
    const refreshed = await refresh(first.raw.refresh_token)
    expect(refreshed.accessToken).toMatchObject({ acr: 'mfa', auth_time: provedAt })
    expect(refreshed.idToken).toMatchObject({ acr: 'mfa', auth_time: provedAt })
  })

  it('after the level has passed, carries the level that is still held', async () => {
    const first = await journey(house, house.visitor(), ada, { acr_values: 'mfa' })
    const provedAt = now()
    pass(15 * 60 + 1)
    const refreshed = await refresh(first.raw.refresh_token)
    expect(refreshed.accessToken).toMatchObject({ acr: 'basic', amr: ['pwd'], auth_time: provedAt })
    expect(refreshed.idToken).toMatchObject({ acr: 'basic', auth_time: provedAt })
  })

  it('a level that was lowered does not rise again by refreshing', async () => {
    const visitor = house.visitor()
    const first = await journey(house, visitor, ada, { acr_values: 'mfa' })
    pass(15 * 60 + 1)
    const lowered = await refresh(first.raw.refresh_token)
    await journey(house, visitor, ada, { acr_values: 'mfa' })
    const refreshed = await refresh(lowered.raw.refresh_token)
    expect(refreshed.accessToken.acr).toBe('basic')
  })

  it('a refresh token issued before the step-up does not reach the higher level', async () => {
    const visitor = house.visitor()
    const before = await journey(house, visitor, ada)
    await journey(house, visitor, ada, { acr_values: 'mfa' })
    expect((await refresh(before.raw.refresh_token)).accessToken.acr).toBe('basic')
  })

  it('a step-up at one client, done or cancelled, ends nothing of another (behaviour 40)', async () => {
    const visitor = house.visitor()
    const other = await journey(house, visitor, ada, { client_id: 'second' })
    await journey(house, visitor, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    await visitor.press(page, 'Cancel')
    const kept = await refresh(other.raw.refresh_token, 'second')
    expect([kept.status, kept.accessToken.acr]).toEqual([200, 'basic'])
    await journey(house, visitor, ada, { acr_values: 'mfa' })
    const still = await refresh(kept.raw.refresh_token, 'second')
    expect([still.status, still.accessToken.acr]).toEqual([200, 'basic'])
    // The level is of the session, and the other client gets it when it asks.
    const silent = { client_id: 'second', acr_values: 'mfa', prompt: 'none' }
    expect((await journey(house, visitor, ada, silent)).accessToken.acr).toBe('mfa')
  })

  it('a one-shot token is not renewed as one', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const once = await journey(house, visitor, ada, { max_age: '0' })
    expect(once.accessToken.newel_one_shot).toBe(true)
    expect((await refresh(once.raw.refresh_token)).accessToken.newel_one_shot).toBeUndefined()
  })

  it('rotates, and a token used twice ends the family', async () => {
    const first = await journey(house, house.visitor(), ada)
    const second = await refresh(first.raw.refresh_token)
    expect(second.status).toBe(200)
    const replay = await refresh(first.raw.refresh_token)
    expect([replay.status, replay.raw.error]).toEqual([400, 'invalid_grant'])
    expect((await refresh(second.raw.refresh_token)).raw.error).toBe('invalid_grant')
  })

  it('ends with the account that was disabled', async () => {
    const first = await journey(house, house.visitor(), ada)
    await house.store.accounts.setDisabled(ada.accountId, true)
    expect((await refresh(first.raw.refresh_token)).raw.error).toBe('invalid_grant')
  })
})

describe('codes', () => {
  it('a code is redeemed once, however many ask at the same time', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { page, attempt } = await ask(house, visitor, {})
    const answers = await Promise.all(
      Array.from({ length: 4 }, async () => redeem(house, 'web', attempt, page)),
    )
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1)
  })

  it('a code is not redeemed without its PKCE verifier', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { page, attempt } = await ask(house, visitor, {})
    const stolen = await redeem(house, 'web', { ...attempt, verifier: 'x'.repeat(43) }, page)
    expect(stolen.raw.error).toBe('invalid_grant')
  })
})

describe('userinfo and revocation', () => {
  async function userinfo(token: unknown): Promise<Response> {
    return fetch(new URL('/userinfo', house.issuer), {
      headers: { authorization: `Bearer ${String(token)}` },
    })
  }

  it('userinfo tells of the person whose token it is, until the token is revoked (RFC 7009)', async () => {
    const tokens = await journey(house, house.visitor(), ada, {
      client_id: 'plain',
      resource: '',
      scope: 'openid',
    })
    const answer = await userinfo(tokens.raw.access_token)
    expect([answer.status, await answer.json()]).toEqual([
      200,
      expect.objectContaining({ sub: ada.accountId }),
    ])
    const revoked = await fetch(new URL('/revoke', house.issuer), {
      method: 'POST',
      body: new URLSearchParams({ client_id: 'plain', token: String(tokens.raw.access_token) }),
    })
    expect(revoked.status).toBe(200)
    expect((await userinfo(tokens.raw.access_token)).status).toBe(401)
  })

  it('a token in an address is not read: addresses are logged (RFC 9700 §4.3.2)', async () => {
    const tokens = await journey(house, house.visitor(), ada, {
      client_id: 'plain',
      resource: '',
      scope: 'openid',
    })
    const url = new URL('/userinfo', house.issuer)
    url.searchParams.set('access_token', String(tokens.raw.access_token))
    expect((await fetch(url)).status).toBe(400)
  })

  it('a token for an API is no token for userinfo', async () => {
    const tokens = await journey(house, house.visitor(), ada)
    expect((await userinfo(tokens.raw.access_token)).status).toBe(401)
  })

  it('a revoked refresh token gives no tokens', async () => {
    const tokens = await journey(house, house.visitor(), ada)
    await fetch(new URL('/revoke', house.issuer), {
      method: 'POST',
      body: new URLSearchParams({ client_id: 'web', token: String(tokens.raw.refresh_token) }),
    })
    expect((await refresh(tokens.raw.refresh_token)).raw.error).toBe('invalid_grant')
  })
})

describe('discovery', () => {
  it('publishes the levels, their order and lifetimes', async () => {
    const response = await fetch(new URL('/.well-known/openid-configuration', house.issuer))
    const metadata = (await response.json()) as Record<string, unknown>
    expect(metadata.issuer).toBe(house.issuer)
    expect(metadata.acr_values_supported).toEqual(['basic', 'mfa', 'phr'])
    expect(metadata.newel_levels).toEqual([
      { acr: 'basic', lifetime: 43_200, satisfies: [] },
      { acr: 'mfa', lifetime: 900, satisfies: ['basic'] },
      { acr: 'phr', lifetime: 300, satisfies: ['basic', 'mfa'] },
    ])
  })
})

async function introspect(token: string): Promise<unknown> {
  const response = await fetch(new URL('/introspect', house.issuer), {
    method: 'POST',
    body: new URLSearchParams({ token }),
    headers: { authorization: `Basic ${btoa('api:api-secret-api-secret-api-secret-1')}` },
  })
  return response.json()
}
