import * as openid from 'openid-client'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type IssuedTokens,
  type TestHouse,
  type TestPerson,
  type VisitedPage,
  type Visitor,
  answerPage,
  answerPages,
  formsOf,
  openTestHouse,
  requestTokens,
} from '@newel/testing/house'
import { now, pass, resource } from './step-up-house.ts'

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

let house: TestHouse
let ada: TestPerson

beforeAll(async () => {
  house = await openTestHouse(
    ({ issuer, redirectUri }) => `
issuer: ${issuer}
levels:
  basic: { accepts: [password, passkey], lifetime: 12h }
  mfa: { accepts: [password + totp, passkey], lifetime: 15m }
  phishing-resistant: { acr: phr, accepts: [passkey], lifetime: 5m }
  once: { accepts: [password + totp], lifetime: 0, satisfies: [] }
lockout: { attempts: 2 }
resources:
  - { id: '${resource}', scopes: { accounts: Read accounts } }
clients:
  - { id: tv, name: Living room, type: confidential, secret: { env: TV }, deviceFlow: true, default: basic, resources: ['${resource}'] }
  - { id: vault, type: confidential, secret: { env: VAULT }, deviceFlow: true, minimum: mfa }
  - { id: cli, type: public, deviceFlow: true, default: basic, resources: ['${resource}'] }
  - { id: web, type: confidential, secret: { env: WEB }, redirectUris: ['${redirectUri}'] }
`,
    { clientSecrets: new Map(['tv', 'vault', 'web'].map((id) => [id, secretOf(id)])) },
  )
})
afterAll(async () => {
  await house.close()
})

let people = 0
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  people += 1
  ada = await house.addPerson(`ada${people}`, { totp: true })
})
afterEach(() => {
  vi.useRealTimers()
})

function secretOf(id: string): string {
  return `${id}-secret-${id}-secret-${id}-secret`
}

function credentials(id: string): Record<string, string> {
  return id === 'cli' ? { client_id: id } : {}
}

/** RFC 6749 §2.3.1. */
function authorization(id: string): Record<string, string> {
  const basic = Buffer.from(`${id}:${secretOf(id)}`).toString('base64')
  return id === 'cli' ? {} : { authorization: `Basic ${basic}` }
}

async function post(path: string, client: string, fields: Record<string, string>) {
  const response = await fetch(new URL(path, house.issuer), {
    method: 'POST',
    headers: authorization(client),
    body: new URLSearchParams({ ...credentials(client), ...fields }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, string> }
}

interface Device {
  readonly client: string
  readonly deviceCode: string
  readonly userCode: string
  readonly link: string
}

async function begin(client: string, fields: Record<string, string> = {}): Promise<Device> {
  const { status, body } = await post('/device_authorization', client, {
    scope: 'openid',
    ...fields,
  })
  expect(status).toBe(200)
  return {
    client,
    deviceCode: String(body.device_code),
    userCode: String(body.user_code),
    link: String(body.verification_uri_complete),
  }
}

async function poll(device: Device): Promise<Record<string, string>> {
  const { body } = await post('/token', device.client, {
    grant_type: deviceGrant,
    device_code: device.deviceCode,
    ...(device.client === 'vault' ? {} : { resource }),
  })
  return body
}

function claims(token: string | undefined): Record<string, unknown> {
  const [, payload = ''] = (token ?? '').split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
}

/** To the page that asks whether it is this device. */
async function type(visitor: Visitor, userCode: string): Promise<VisitedPage> {
  return visitor.submit(await visitor.get('/device'), { user_code: userCode })
}

async function approve(visitor: Visitor, device: Device, person: TestPerson) {
  const confirm = await type(visitor, device.userCode)
  return answerPages(visitor, await visitor.press(confirm, 'It is my device'), person)
}

async function refresh(client: string, token: string | undefined): Promise<IssuedTokens> {
  const { status, body } = await post('/token', client, {
    grant_type: 'refresh_token',
    refresh_token: String(token),
    resource,
  })
  return {
    status,
    raw: body,
    accessToken: body.access_token === undefined ? {} : claims(body.access_token),
    idToken: body.id_token === undefined ? {} : claims(body.id_token),
  }
}

describe('a device that asks for a level', () => {
  it('waits, and gets tokens with `acr`, `amr` and `auth_time` of the approval (RFC 8628 §3.5)', async () => {
    const device = await begin('tv', { acr_values: 'mfa', resource, scope: 'openid accounts' })
    expect(await poll(device)).toMatchObject({ error: 'authorization_pending' })
    expect(house.events.filter((event) => event.type === 'tokens_refused')).toEqual([])
    pass(120)
    const { page, asked } = await approve(house.visitor(), device, ada)
    const approvedAt = now()
    expect(page.page).toBe('device-ended')
    expect(asked).toEqual(['login:password', 'step-up:totp'])
    pass(60)
    const tokens = await poll(device)
    const stated = { acr: 'mfa', amr: ['pwd', 'otp', 'mfa'], auth_time: approvedAt }
    expect(claims(tokens.access_token)).toMatchObject({ ...stated, aud: resource })
    expect(claims(tokens.id_token)).toMatchObject({ ...stated, sub: ada.accountId })
  })

  it('steps up what the browser holds already, and asks for no more', async () => {
    const visitor = house.visitor()
    await approve(visitor, await begin('tv'), ada)
    pass(100)
    const { asked } = await approve(visitor, await begin('tv', { acr_values: 'mfa' }), ada)
    expect(asked).toEqual(['step-up:totp'])
  })

  it('by the `claims` parameter gets it as well', async () => {
    const request = { id_token: { acr: { essential: true, values: ['mfa'] } } }
    const device = await begin('tv', { claims: JSON.stringify(request) })
    await approve(house.visitor(), device, ada)
    expect(claims((await poll(device)).id_token)).toMatchObject({ acr: 'mfa' })
  })

  it('with `max_age` gets a proof that is no older', async () => {
    const visitor = house.visitor()
    await approve(visitor, await begin('tv'), ada)
    pass(600)
    const device = await begin('tv', { max_age: '300' })
    const { asked } = await approve(visitor, device, ada)
    expect(asked).toEqual(['step-up:password'])
    expect(claims((await poll(device)).id_token)).toMatchObject({ auth_time: now() })
  })

  it('with `max_age=0` gets a proof made for it, in a token that lives for a minute', async () => {
    const visitor = house.visitor()
    await approve(visitor, await begin('tv'), ada)
    const device = await begin('tv', { max_age: '0', acr_values: 'mfa' })
    const { asked } = await approve(visitor, device, ada)
    expect(asked).toEqual(['step-up:totp'])
    const tokens = await poll(device)
    expect(claims(tokens.access_token)).toMatchObject({ acr: 'mfa', exp: now() + 60 })
  })

  it('of lifetime 0 gets it only if it comes within the minute', async () => {
    const late = await begin('tv', { acr_values: 'once' })
    await approve(house.visitor(), late, ada)
    pass(61)
    expect(claims((await poll(late)).access_token)).not.toHaveProperty('acr')
    const inTime = await begin('tv', { acr_values: 'once' })
    await approve(house.visitor(), inTime, ada)
    pass(59)
    expect(claims((await poll(inTime)).access_token)).toMatchObject({ acr: 'once' })
  })

  it('that nobody can reach is told so, and nobody is asked in vain', async () => {
    const device = await begin('tv', { acr_values: 'phr' })
    const visitor = house.visitor()
    const { page } = await approve(visitor, device, ada)
    const ended = page.page === 'unreachable' ? await giveUp(visitor, page) : page
    expect(ended.page).toBe('device-ended')
    expect(await poll(device)).toMatchObject({ error: 'unmet_authentication_requirements' })
  })

  it('unknown to the document is refused before any person sees it', async () => {
    const { status, body } = await post('/device_authorization', 'tv', {
      scope: 'openid',
      acr_values: 'gold',
    })
    expect([status, body.error]).toEqual([400, 'unmet_authentication_requirements'])
  })

  it('below the minimum of its client gets the minimum', async () => {
    const device = await begin('vault', { acr_values: 'basic' })
    const { asked } = await approve(house.visitor(), device, ada)
    expect(asked).toEqual(['login:password', 'step-up:totp'])
    expect(claims((await poll(device)).id_token)).toMatchObject({ acr: 'mfa' })
  })
})

async function giveUp(visitor: Visitor, page: VisitedPage): Promise<VisitedPage> {
  const form = /action="([^"]*give-up)"/.exec(page.html)?.[1] ?? ''
  const token = /name="csrf_token" value="([^"]+)"/.exec(page.html)?.[1] ?? ''
  return visitor.post(form, { csrf_token: token })
}

describe('the tokens of a device afterwards', () => {
  it('fall to the level that is held when they are refreshed, with no newer `auth_time`', async () => {
    const device = await begin('tv', { acr_values: 'mfa', resource, scope: 'openid accounts' })
    await approve(house.visitor(), device, ada)
    const approvedAt = now()
    const first = await poll(device)
    pass(901)
    const later = await refresh('tv', first.refresh_token)
    expect(later.accessToken).toMatchObject({ acr: 'basic', auth_time: approvedAt })
  })

  it('lose what an authenticator proved that was removed', async () => {
    const device = await begin('tv', { acr_values: 'mfa', resource, scope: 'openid accounts' })
    await approve(house.visitor(), device, ada)
    const first = await poll(device)
    const app = (await house.store.credentials.forAccount(ada.accountId)).find(
      ({ method }) => method === 'totp',
    )
    await house.store.credentials.remove(app?.id ?? '')
    expect((await refresh('tv', first.refresh_token)).accessToken).toMatchObject({ acr: 'basic' })
  })

  it('gain nothing from what is proved after the approval', async () => {
    const visitor = house.visitor()
    const device = await begin('tv', { resource, scope: 'openid accounts' })
    await approve(visitor, device, ada)
    const approvedAt = now()
    pass(30)
    await approve(visitor, await begin('tv', { acr_values: 'mfa' }), ada)
    const tokens = await poll(device)
    expect(claims(tokens.access_token)).toMatchObject({ acr: 'basic', auth_time: approvedAt })
  })

  it('are none where the account was disabled before the device came for them', async () => {
    const device = await begin('tv')
    await approve(house.visitor(), device, ada)
    await house.store.accounts.setDisabled(ada.accountId, true)
    expect(await poll(device)).toMatchObject({ error: 'invalid_grant' })
  })
})

describe('the person', () => {
  it('who cancels on the page of the code denies the device', async () => {
    const device = await begin('tv')
    const visitor = house.visitor()
    const ended = await visitor.press(await type(visitor, device.userCode), 'Cancel')
    expect(ended.page).toBe('device-ended')
    expect(await poll(device)).toMatchObject({ error: 'access_denied' })
  })

  it('who cancels the sign-in denies the device', async () => {
    const device = await begin('tv')
    const visitor = house.visitor()
    const confirm = await type(visitor, device.userCode)
    const login = await visitor.press(confirm, 'It is my device')
    expect((await visitor.press(login, 'Cancel')).page).toBe('device-ended')
    expect(await poll(device)).toMatchObject({ error: 'access_denied' })
  })

  it('is told which app asks, for what, with which code and as whom (RFC 8628 §5.4)', async () => {
    const visitor = house.visitor()
    await approve(visitor, await begin('tv'), ada)
    const device = await begin('tv', { scope: 'openid accounts', resource })
    const confirm = await type(visitor, device.userCode)
    expect(confirm.page).toBe('device-confirm')
    for (const words of ['Living room', device.userCode, 'Read accounts', ada.username]) {
      expect(confirm.html).toContain(words)
    }
  })

  it('confirms even where the link carries the code, and a link alone does nothing', async () => {
    const device = await begin('tv')
    const visitor = house.visitor()
    const page = await visitor.get(device.link)
    expect(page.page).toBe('device-code')
    expect(page.html).toContain(`value="${device.userCode}"`)
    expect(page.html).not.toContain('<script>')
    expect((await visitor.press(page, 'Continue')).page).toBe('device-confirm')
  })

  it('gets pages in their language, which no other site can frame', async () => {
    const response = await fetch(new URL('/device', house.issuer), {
      headers: { 'accept-language': 'fr' },
    })
    expect(response.headers.get('content-language')).toBe('fr')
    expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(response.headers.get('cache-control')).toContain('no-store')
  })

  it('of an installed app is asked for consent each time', async () => {
    const device = await begin('cli', { scope: 'openid accounts', resource })
    const visitor = house.visitor()
    const { page } = await approve(visitor, device, ada)
    expect(page.page).toBe('consent')
    expect((await visitor.press(page, 'Continue')).page).toBe('device-ended')
    const tokens = await poll(device)
    expect(claims(tokens.access_token)).toMatchObject({ acr: 'basic', sub: ada.accountId })
  })
})

describe('another person in the same browser', () => {
  it('who signed in meanwhile gets nothing of the device, and the device nothing of them', async () => {
    const eve = await house.addPerson(`eve${people}`, { totp: true })
    const visitor = house.visitor()
    const device = await begin('tv', { acr_values: 'mfa' })
    const login = await visitor.press(await type(visitor, device.userCode), 'It is my device')
    await approve(visitor, await begin('tv'), eve)
    await answerPage(visitor, login, ada)
    const tokens = await poll(device)
    expect(tokens).not.toHaveProperty('access_token')
    const [session] = await house.store.sessions.forAccount(eve.accountId)
    const record = await house.store.sessions.read(session?.uid ?? '')
    expect(record?.events.map(({ method }) => method) ?? []).not.toContain('totp')
  })

  it('cannot answer the step-up of the one who is signed in', async () => {
    const eve = await house.addPerson(`eve${people}`, { totp: true })
    const visitor = house.visitor()
    await approve(visitor, await begin('tv'), ada)
    const device = await begin('tv', { acr_values: 'mfa' })
    const stepUp = await visitor.press(await type(visitor, device.userCode), 'It is my device')
    expect(stepUp.page).toBe('step-up')
    expect((await answerPage(visitor, stepUp, eve)).page).toBe('step-up')
    expect(await poll(device)).toMatchObject({ error: 'authorization_pending' })
  })
})

describe('the code', () => {
  it('is answered once: a second browser finds it used', async () => {
    const device = await begin('tv')
    await approve(house.visitor(), device, ada)
    const eve = await house.addPerson(`eve${people}`)
    const other = house.visitor()
    const refused = await type(other, device.userCode)
    expect([refused.page, refused.status]).toEqual(['device-code', 422])
    expect(claims((await poll(device)).id_token)).toMatchObject({ sub: ada.accountId })
    expect(eve.accountId).not.toBe(ada.accountId)
  })

  it('of two browsers that confirm at once only one goes on', async () => {
    const device = await begin('tv')
    const visitors = [house.visitor(), house.visitor(), house.visitor()]
    const pages = await Promise.all(visitors.map(async (one) => type(one, device.userCode)))
    const after = await Promise.all(
      visitors.map(async (one, at) => one.press(pages[at] as VisitedPage, 'It is my device')),
    )
    expect(after.filter(({ page }) => page === 'login')).toHaveLength(1)
    expect(await poll(device)).toMatchObject({ error: 'authorization_pending' })
  })

  it('of one who confirms and one who cancels at once only one is heard', async () => {
    const device = await begin('tv')
    const [one, other] = [house.visitor(), house.visitor()]
    await approve(one, await begin('tv'), ada)
    const pages = await Promise.all([one, other].map(async (who) => type(who, device.userCode)))
    await Promise.all([
      one.press(pages[0] as VisitedPage, 'It is my device'),
      other.press(pages[1] as VisitedPage, 'Cancel'),
    ])
    const heard = await poll(device)
    expect(heard.error === 'access_denied' || heard.id_token !== undefined).toBe(true)
  })

  it('gives tokens once', async () => {
    const device = await begin('tv')
    await approve(house.visitor(), device, ada)
    expect(await poll(device)).toHaveProperty('id_token')
    expect(await poll(device)).toMatchObject({ error: 'invalid_grant' })
  })

  it('is not lowered, raised or moved to another device by what the browser adds to its form', async () => {
    const device = await begin('tv', { acr_values: 'mfa', max_age: '0', resource })
    const visitor = house.visitor()
    await answerPages(
      visitor,
      await visitor.press(await type(visitor, (await begin('tv')).userCode), 'It is my device'),
      ada,
    )
    pass(60)
    const added = {
      acr_values: 'basic',
      max_age: '99999',
      newel_max_age: '99999',
      claims: '{"id_token":{"acr":{"essential":true,"value":"basic"}}}',
      client_id: 'cli',
      scope: 'openid offline_access',
      device_code: 'other',
    }
    const confirm = await visitor.post('/device', {
      ...formsOf(await visitor.get('/device'))[0]?.fields,
      ...added,
      user_code: device.userCode,
    })
    expect(confirm.page).toBe('device-confirm')
    const asked = await visitor.post('/device', {
      ...formsOf(confirm)[0]?.fields,
      ...added,
      user_code: device.userCode,
    })
    const done = await answerPages(visitor, asked, ada)
    expect([done.page.page, done.asked]).toEqual(['device-ended', ['step-up:totp']])
    const tokens = await poll(device)
    expect(claims(tokens.access_token)).toMatchObject({ acr: 'mfa', client_id: 'tv' })
    expect(tokens.scope ?? '').not.toContain('offline_access')
  })

  it('is of no use to another client', async () => {
    const device = await begin('tv')
    await approve(house.visitor(), device, ada)
    expect(await poll({ ...device, client: 'vault' })).toMatchObject({ error: 'invalid_grant' })
  })

  it('expires after ten minutes, for the person and the device', async () => {
    const device = await begin('tv')
    pass(601)
    expect(await type(house.visitor(), device.userCode)).toMatchObject({ status: 422 })
    expect((await poll(device)).error).toMatch(/^(expired_token|invalid_grant)$/)
  })

  it('that expires while the person signs in gives nothing', async () => {
    const device = await begin('tv')
    const visitor = house.visitor()
    const confirm = await type(visitor, device.userCode)
    const login = await visitor.press(confirm, 'It is my device')
    pass(601)
    const refused = await answerPage(visitor, login, ada)
    expect(refused.page).not.toBe('device-ended')
    expect(await poll(device)).not.toHaveProperty('id_token')
  })

  it('cannot be confirmed by another site, nor in a browser that never saw the page', async () => {
    const device = await begin('tv')
    const fields = { user_code: device.userCode, confirm: 'yes', xsrf: 'guessed' }
    expect((await house.visitor().post('/device', fields)).status).toBe(400)
    expect(await poll(device)).toMatchObject({ error: 'authorization_pending' })
  })

  it('an interaction of a device is of no use in another browser', async () => {
    const device = await begin('tv')
    const visitor = house.visitor()
    const login = await visitor.press(await type(visitor, device.userCode), 'It is my device')
    const stolen = await house.visitor().get(login.url)
    expect([stolen.page, stolen.status]).toEqual(['error', 400])
    const resumed = await house.visitor().get(login.url.pathname.replace('interaction', 'device'))
    expect(resumed.page).toBe('error')
    expect(await poll(device)).toMatchObject({ error: 'authorization_pending' })
  })
})

describe('who may use the device flow', () => {
  it('only clients of the document with `deviceFlow`', async () => {
    const { status } = await post('/device_authorization', 'web', { scope: 'openid' })
    expect(status).toBe(400)
    const refused = await requestTokens(house, {
      grant_type: deviceGrant,
      client_id: 'cli',
      device_code: 'x',
    })
    expect(refused.raw).toMatchObject({ error: 'invalid_grant' })
  })

  it('a client with a secret has to know it', async () => {
    const response = await fetch(new URL('/device_authorization', house.issuer), {
      method: 'POST',
      body: new URLSearchParams({ client_id: 'tv', scope: 'openid' }),
    })
    expect(response.status).toBe(401)
  })

  it('a foreign client finds it in the metadata and goes the whole way', async () => {
    vi.useRealTimers()
    const config = await openid.discovery(
      new URL(house.issuer),
      'tv',
      secretOf('tv'),
      openid.ClientSecretBasic(secretOf('tv')),
      // oxlint-disable-next-line typescript/no-deprecated -- the house answers on loopback without TLS
      { execute: [openid.allowInsecureRequests] },
    )
    const begun = await openid.initiateDeviceAuthorization(config, {
      scope: 'openid accounts',
      acr_values: 'mfa',
      resource,
    })
    const device = { client: 'tv', userCode: begun.user_code, deviceCode: '', link: '' }
    await approve(house.visitor(), device, ada)
    const tokens = await openid.pollDeviceAuthorizationGrant(config, { ...begun, interval: 0.1 })
    expect(tokens.claims()).toMatchObject({ acr: 'mfa', sub: ada.accountId })
    const again = await openid.refreshTokenGrant(config, String(tokens.refresh_token), { resource })
    expect(again.claims()).toMatchObject({ acr: 'mfa' })
  })
})

describe('a device that asks too often', () => {
  it('is told to slow down while it waits, and no longer where it does (RFC 8628 §3.5)', async () => {
    const device = await begin('tv')
    const other = await begin('tv')
    const answers = []
    for (const seconds of [0, 5, 5, 1, 3, 5]) {
      pass(seconds)
      answers.push((await poll(device)).error)
    }
    const pending = 'authorization_pending'
    expect(answers).toEqual([pending, pending, pending, 'slow_down', 'slow_down', pending])
    expect(await poll(other)).toMatchObject({ error: pending })
    await approve(house.visitor(), device, ada)
    expect(await poll(device)).toHaveProperty('access_token')
  })

  it('learns nothing of the code of another client, nor is that one slowed down (RFC 8628 §3.4)', async () => {
    const device = await begin('tv')
    for (const path of ['once', 'twice']) {
      expect([path, await poll({ ...device, client: 'cli' })]).toMatchObject([
        path,
        { error: 'invalid_grant' },
      ])
    }
    expect(await poll(device)).toMatchObject({ error: 'authorization_pending' })
  })
})

describe('guessing codes', () => {
  it('stops after a while for the address, a right code too, and begins again later', async () => {
    // The wrong codes of the tests above are forgotten by then.
    pass(1000)
    const device = await begin('tv')
    const visitor = house.visitor()
    let guesses = 0
    let page = await type(visitor, 'BBBB-BBBB')
    while (page.status !== 429 && guesses < 50) {
      guesses += 1
      expect(page.status).toBe(422)
      page = await type(visitor, 'BBBB-BBBB')
    }
    expect(guesses).toBe(20)
    const refused = await type(house.visitor(), device.userCode)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '900'])
    pass(901)
    const { userCode } = await begin('tv')
    expect((await type(house.visitor(), userCode)).page).toBe('device-confirm')
  })

  it('in parallel is judged no more often, and a right code does not count', async () => {
    // So are those of the test above.
    pass(4000)
    const devices = await Promise.all(Array.from({ length: 25 }, async () => begin('tv')))
    for (const { userCode } of devices) {
      expect((await type(house.visitor(), userCode)).page).toBe('device-confirm')
    }
    const forms = await Promise.all(
      Array.from({ length: 60 }, async () => {
        const visitor = house.visitor()
        return { visitor, form: await visitor.get('/device') }
      }),
    )
    const pages = await Promise.all(
      forms.map(async ({ visitor, form }) => visitor.submit(form, { user_code: 'BBBB-BBBB' })),
    )
    expect(pages.filter(({ status }) => status === 422)).toHaveLength(20)
    expect(pages.filter(({ status }) => status === 429)).toHaveLength(40)
  })
})
