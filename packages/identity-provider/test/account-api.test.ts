import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findStepUpChallenge } from '@newel/protocol'
import {
  type TestHouse,
  type TestMailServer,
  type TestPerson,
  openTestHouse,
  startMailServer,
  totpCode,
} from '@newel/testing/house'
import { freshSeconds } from '../src/account/fresh-proof.ts'
import { holdClock } from './hold-clock.ts'
import { journey, now, pass } from './step-up-house.ts'

let house: TestHouse
let ada: TestPerson
let people = 0
let server: TestMailServer

beforeAll(async () => {
  server = await startMailServer()
  house = await openTestHouse(
    ({ issuer, redirectUri }) => `
issuer: ${issuer}
levels:
  basic: { accepts: [password], lifetime: 12h }
  mfa: { accepts: [password + totp], lifetime: 15m }
mail: { from: id@example.com, smtp: { host: 127.0.0.1, port: ${server.port}, tls: none } }
methods: { passkey: { enabled: true }, recovery-code: { enabled: true } }
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
  await server.close()
})
holdClock()
beforeEach(async () => {
  people += 1
  ada = await house.addPerson(`ada${people}`, { totp: true })
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

  it('shows what was reported as lost and when it can be removed, and stops that without a proof', async () => {
    const lost = [await totpId()]
    const begun = { requestedAt: now(), readyAt: now() + 86_400, expiresAt: now() + 172_800 }
    await house.store.recoveries.begin(
      { id: `recovery-${people}`, accountId: ada.accountId, credentialIds: lost, ...begun },
      now(),
    )
    const token = await tokenFor()
    const shown = async (): Promise<unknown> =>
      ((await (await call('', token)).json()) as { recovery?: unknown }).recovery
    expect(await shown()).toEqual({ lost, ...begun })
    const reading = await tokenFor({ scope: 'openid account:read' })
    expect((await call('/recovery/stop', reading, {})).status).toBe(403)
    expect((await call('/recovery/stop', token, {})).status).toBe(204)
    expect(await shown()).toBeUndefined()
    const [event] = await house.store.securityEvents.recent(ada.accountId, 1)
    expect(event?.type).toBe('recovery_stopped')
    const again = await call('/recovery/stop', token, {})
    expect([again.status, await again.json()]).toEqual([404, { error: 'unknown_recovery' }])
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

  it.each([
    '/authenticators/ID/rename',
    '/authenticators/ID/remove',
    '/authenticators',
    '/authenticators/enrolments/any',
    '/password',
    '/sessions/end',
    '/sessions/SESSION/end',
    '/sessions/SESSION/drop',
  ])('changes nothing by %s with a token of the login alone (behaviour 24)', async (path) => {
    await tokenFor({ acr_values: 'mfa' })
    const low = await tokenFor({ scope: 'openid account:read account:write' })
    const before = (await (await call('', low)).json()) as Record<string, { id: string }[]>
    const id = before['authenticators']?.find(({ id: each }) => each !== '')?.id ?? ''
    const session = before['sessions']?.[0]?.id ?? ''
    const body = { label: 'Phone', method: 'totp', password: 'long enough, surely', response: '1' }
    const to = path.replace('ID', id).replace('SESSION', encodeURIComponent(session))
    const answer = await call(to, low, body)
    expect(answer.status).toBe(401)
    expect(findStepUpChallenge(answer.headers.get('www-authenticate'))).toMatchObject({
      found: true,
    })
    const after = (await (await call('', low)).json()) as Record<string, unknown>
    expect(after['authenticators']).toEqual(before['authenticators'])
    expect(after['sessions']).toMatchObject(before['sessions'] ?? [])
  })

  it('ends sessions', async () => {
    const token = await tokenFor({ acr_values: 'mfa' })
    expect((await call('/sessions/unknown/end', token, {})).status).toBe(404)
    expect((await call('/sessions/end', token, {})).status).toBe(204)
    expect(await house.store.sessions.forAccount(ada.accountId)).toEqual([])
  })

  it('takes no token of a session that has ended, whoever ended it and wherever', async () => {
    const stolen = await tokenFor()
    const own = await tokenFor({ acr_values: 'mfa' })
    expect((await call('', stolen)).status).toBe(200)
    expect((await call('/sessions/end', own, {})).status).toBe(204)
    for (const token of [stolen, own]) {
      const answer = await call('', token)
      expect([answer.status, await answer.json()]).toEqual([401, { error: 'invalid_token' }])
    }
  })
})

describe('adding an authenticator by the API', () => {
  async function begin(token: string, body: object): Promise<Record<string, unknown>> {
    const answer = await call('/authenticators', token, body)
    return { status: answer.status, ...((await answer.json()) as object) }
  }

  async function finish(
    token: string,
    enrolment: unknown,
    body: object,
  ): Promise<Record<string, unknown>> {
    const path = `/authenticators/enrolments/${encodeURIComponent(String(enrolment))}`
    const answer = await call(path, token, body)
    return { status: answer.status, ...((await answer.json()) as object) }
  }

  async function methods(): Promise<readonly string[]> {
    const credentials = await house.store.credentials.forAccount(ada.accountId)
    return credentials.map(({ method }) => method).toSorted()
  }

  it.each([{ method: 'totp' }, { method: 'passkey' }, { method: 'email-code', address: 'a@b.c' }])(
    'asks for %j the fresh proof that the pages ask for, before anything is shown or sent (behaviour 24)',
    async (body) => {
      const low = await call('/authenticators', await tokenFor(), body)
      expect(low.status).toBe(401)
      expect(findStepUpChallenge(low.headers.get('www-authenticate'))).toMatchObject({
        found: true,
        challenge: { acrValues: ['mfa'], maxAgeSeconds: freshSeconds },
      })
      expect(Object.keys((await low.json()) as object)).toEqual(['error'])
      expect(server.letters.some(({ recipients }) => recipients.includes('a@b.c'))).toBe(false)
    },
  )

  it('asks for it again at the end', async () => {
    const token = await tokenFor({ acr_values: 'mfa' })
    const { enrolment, secret } = await begin(token, { method: 'totp' })
    pass(freshSeconds + 1)
    const late = await finish(token, enrolment, { response: totpCode(String(secret), now()) })
    expect(late).toMatchObject({ status: 401 })
    expect(await methods()).toEqual(['password', 'totp'])
  })

  it('sets up a one-time-code app: the key is shown once, the first code finishes', async () => {
    const token = await tokenFor({ acr_values: 'mfa' })
    const begun = await begin(token, { method: 'totp' })
    expect(begun).toMatchObject({
      status: 201,
      method: 'totp',
      otpauthUri: expect.stringMatching(/^otpauth:\/\/totp\//),
      secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
    })
    const right = totpCode(String(begun['secret']), now())
    const wrong = right === '000000' ? '111111' : '000000'
    const { enrolment } = begun
    expect(await finish(token, enrolment, { response: wrong })).toMatchObject({
      status: 422,
      error: 'wrong',
    })
    const done = await finish(token, enrolment, { response: right, label: 'Tablet' })
    expect(done).toMatchObject({ status: 201, method: 'totp', label: 'Tablet' })
    expect(done).not.toHaveProperty('secret')
    expect(await finish(token, enrolment, { response: right })).toMatchObject({
      status: 404,
      error: 'unknown_enrolment',
    })
    expect(await methods()).toEqual(['password', 'totp', 'totp'])
  })

  it('is finished once, by one of twenty', async () => {
    const token = await tokenFor({ acr_values: 'mfa' })
    const { enrolment, secret } = await begin(token, { method: 'totp' })
    const body = { response: totpCode(String(secret), now()) }
    const done = await Promise.all(
      Array.from({ length: 20 }, async () => finish(token, enrolment, body)),
    )
    expect(done.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(await methods()).toEqual(['password', 'totp', 'totp'])
  })

  it('is nobody else’s to finish, and nobody’s after ten minutes', async () => {
    const token = await tokenFor({ acr_values: 'mfa' })
    const { enrolment, secret } = await begin(token, { method: 'totp' })
    const first = ada
    ada = await house.addPerson(`eve${people}`, { totp: true })
    const other = await tokenFor({ acr_values: 'mfa' })
    const body = { response: totpCode(String(secret), now()) }
    expect(await finish(other, enrolment, body)).toMatchObject({ status: 404 })
    ada = first
    pass(600)
    const late = await tokenFor({ acr_values: 'mfa', max_age: '0' })
    const code = { response: totpCode(String(secret), now()) }
    expect(await finish(late, enrolment, code)).toMatchObject({ status: 404 })
  })

  it('gives what a browser needs for a passkey, and refuses what is none', async () => {
    const token = await tokenFor({ acr_values: 'mfa' })
    const begun = await begin(token, { method: 'passkey' })
    expect(begun).toMatchObject({
      status: 201,
      options: { rp: { id: 'localhost' }, authenticatorSelection: { residentKey: 'required' } },
    })
    const refused = await finish(token, begun['enrolment'], { response: { id: 'AAAA' } })
    expect(refused).toMatchObject({ status: 422 })
    // A challenge is spent by its answer.
    const again = await finish(token, begun['enrolment'], { response: { id: 'AAAA' } })
    expect(again).toMatchObject({ status: 404 })
  })

  it('puts new recovery codes in force once their set is named', async () => {
    const token = await tokenFor({ acr_values: 'mfa' })
    const begun = await begin(token, { method: 'recovery-code' })
    expect(begun['codes']).toHaveLength(10)
    expect(await methods()).not.toContain('recovery-code')
    const done = await finish(token, begun['enrolment'], { response: begun['set'] })
    expect(done).toMatchObject({ status: 201, method: 'recovery-code' })
    expect(await methods()).toContain('recovery-code')
  })

  it('confirms an address by the code that was sent to it', async () => {
    const token = await tokenFor({ acr_values: 'mfa' })
    const address = `ada${people}@example.com`
    expect(await begin(token, { method: 'email-code', address: 'ada' })).toMatchObject({
      status: 422,
      error: 'invalid_address',
    })
    const begun = await begin(token, { method: 'email-code', address })
    expect(begun).toMatchObject({ status: 201, address })
    const { mail } = await server.letterTo(address)
    const code = /\d{4} \d{4}/.exec(mail.text ?? '')?.[0]
    const { enrolment } = begun
    expect(await finish(token, enrolment, { response: '0000 0000' })).toMatchObject({
      status: 422,
      error: 'wrong',
    })
    const stolen = await finish(token, enrolment, { response: { address: 'eve@example.com' } })
    expect(stolen).toMatchObject({ status: 422, error: 'malformed' })
    expect(await finish(token, enrolment, { response: code })).toMatchObject({ status: 201 })
    const shown = (await (await call('', token)).json()) as { authenticators: object[] }
    expect(shown.authenticators).toContainEqual(expect.objectContaining({ address }))
  })

  it.each(['federated', 'password', 'gold', '', '__proto__'])(
    'refuses the method %j, which is not offered',
    async (method) => {
      const token = await tokenFor({ acr_values: 'mfa' })
      expect(await begin(token, { method })).toMatchObject({
        status: 422,
        error: 'method_not_offered',
      })
    },
  )

  it('changes the password by the same rules and the same proof', async () => {
    const low = await call('/password', await tokenFor(), { password: 'long enough, surely' })
    expect(low.status).toBe(401)
    const token = await tokenFor({ acr_values: 'mfa' })
    const short = await call('/password', token, { password: 'short' })
    expect(short.status).toBe(422)
    expect(await short.json()).toEqual({ error: 'too_short' })
    expect((await call('/password', token, { password: 'long enough, surely' })).status).toBe(204)
    ada = { ...ada, password: 'long enough, surely' }
    pass(30)
    await tokenFor({ acr_values: 'mfa' })
  })
})
