import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { findStepUpChallenge } from '@newel/protocol'
import { type TestHouse, type TestPerson, openTestHouse } from '@newel/testing/house'
import { freshSeconds } from '../src/account/fresh-proof.ts'
import { journey, pass } from './step-up-house.ts'

let house: TestHouse
let ada: TestPerson
let people = 0

beforeAll(async () => {
  house = await openTestHouse(
    ({ issuer, redirectUri }) => `
issuer: ${issuer}
levels:
  basic: { accepts: [password], lifetime: 12h }
  mfa: { accepts: [password + totp], lifetime: 15m }
resources:
  - { id: '${issuer}/account', name: Account, scopes: { 'account:read': See, 'account:write': Change } }
  - { id: 'https://api.test', name: API, scopes: { accounts: Read } }
clients:
  - { id: web, type: spa, redirectUris: ['${redirectUri}'], default: basic, resources: ['${issuer}/account', 'https://api.test'], scopes: [openid, 'account:read', 'account:write', accounts] }
`,
  )
})
afterAll(async () => {
  await house.close()
})
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  people += 1
  ada = await house.addPerson(`ada${people}`, { totp: true })
})
afterEach(() => {
  vi.useRealTimers()
})

async function tokenFor(parameters: Readonly<Record<string, string>> = {}): Promise<string> {
  const { raw } = await journey(house, house.visitor(), ada, {
    resource: `${house.issuer}/account`,
    scope: 'openid account:read account:write',
    ...parameters,
  })
  return String(raw.access_token)
}

async function call(path: string, token: string, body?: object): Promise<Response> {
  return fetch(new URL(`/account/api${path}`, house.issuer), {
    headers: {
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      'content-type': 'application/json',
    },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  })
}

async function totpId(): Promise<string> {
  const credentials = await house.store.credentials.forAccount(ada.accountId)
  return credentials.find(({ method }) => method === 'totp')?.id ?? ''
}

describe('the account API', () => {
  it('shows what the pages show, and no secret', async () => {
    const answer = await call('', await tokenFor())
    expect(answer.status).toBe(200)
    const shown = (await answer.json()) as Record<string, Record<string, unknown>[]>
    expect(shown['authenticators']?.map(({ method }) => method).toSorted()).toEqual([
      'password',
      'totp',
    ])
    expect(shown['sessions']?.[0]?.['levels']).toMatchObject([{ acr: 'basic' }])
    expect(JSON.stringify(shown)).not.toContain('secret')
  })

  it.each(['', 'x.y.z'])('refuses the token %j', async (token) => {
    const answer = await call('', token)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toContain('Bearer')
  })

  it('refuses a token for another audience, one that expired, and one of a disabled account', async () => {
    const foreign = await tokenFor({ resource: 'https://api.test', scope: 'openid accounts' })
    expect((await call('', foreign)).status).toBe(401)
    const own = await tokenFor()
    await house.store.accounts.setDisabled(ada.accountId, true)
    expect((await call('', own)).status).toBe(401)
    await house.store.accounts.setDisabled(ada.accountId, false)
    expect((await call('', own)).status).toBe(200)
    pass(24 * 3600)
    expect((await call('', own)).status).toBe(401)
  })

  it('refuses a change without the scope for it', async () => {
    const token = await tokenFor({ scope: 'openid account:read', acr_values: 'mfa' })
    const answer = await call(`/authenticators/${await totpId()}/remove`, token, {})
    expect(answer.status).toBe(403)
  })

  it('asks for a change what the pages ask (RFC 9470)', async () => {
    const path = `/authenticators/${await totpId()}/rename`
    const low = await call(path, await tokenFor(), { label: 'Phone' })
    expect(low.status).toBe(401)
    expect(findStepUpChallenge(low.headers.get('www-authenticate'))).toMatchObject({
      found: true,
      challenge: { acrValues: ['mfa'], maxAgeSeconds: freshSeconds },
    })
    const token = await tokenFor({ acr_values: 'mfa' })
    expect((await call(path, token, { label: '\u0000' })).status).toBe(422)
    expect((await call(path, token, { label: 'Phone' })).status).toBe(204)
    pass(freshSeconds + 1)
    expect((await call(path, token, { label: 'Tablet' })).status).toBe(401)
    expect((await house.store.credentials.byId(await totpId()))?.label).toBe('Phone')
  })

  it('ends sessions', async () => {
    const token = await tokenFor({ acr_values: 'mfa' })
    expect((await call('/sessions/unknown/end', token, {})).status).toBe(404)
    expect((await call('/sessions/end', token, {})).status).toBe(204)
    expect(await house.store.sessions.forAccount(ada.accountId)).toEqual([])
  })
})
