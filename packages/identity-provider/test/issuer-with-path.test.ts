import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type TestHouse,
  type TestPerson,
  answerPages,
  authorizationRequest,
  formsOf,
  openTestHouse,
  redeem,
} from '@newel/testing/house'
import { clientKeys, dpopProof } from './protocol-house.ts'
import {
  type ScriptedUpstream,
  startScriptedUpstream,
  upstreamSecret,
} from './scripted-upstream.ts'
import { journey, outcome, resource } from './step-up-house.ts'
import { linkPerson } from './upstream-house.ts'

const token = 'initial-access-token-of-the-operator'

let house: TestHouse
let ada: TestPerson
let upstream: ScriptedUpstream
let told: URLSearchParams[]
const party = createServer((request, response) => {
  void (async () => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    told.push(new URLSearchParams(body))
    response.end()
    party.emit('told')
  })()
})

beforeAll(async () => {
  told = []
  upstream = await startScriptedUpstream()
  party.listen(0, 'localhost')
  await once(party, 'listening')
  const { port } = party.address() as AddressInfo
  house = await openTestHouse(
    ({ issuer, redirectUri }) => `
issuer: ${issuer}
levels:
  basic: { accepts: [password, federated], lifetime: 12h }
  mfa: { accepts: [password + totp], lifetime: 15m }
resources:
  - { id: '${resource}', scopes: { accounts: Read accounts } }
upstreams:
  - { id: company, name: Example Company, issuer: '${upstream.issuer}', clientId: newel, secret: { env: S }, accept: [{ name: any, any: true }] }
registration: { initialAccessToken: { env: TOKEN }, redirectOrigins: ['http://localhost:9'] }
clients:
  - { id: web, redirectUris: ['${redirectUri}'], backchannelLogoutUri: 'http://localhost:${port}/', resources: ['${resource}'] }
  - { id: bound, redirectUris: ['${redirectUri}'], dpop: required, resources: ['${resource}'] }
  - { id: cli, type: public, deviceFlow: true, resources: ['${resource}'] }
`,
    {
      path: '/auth',
      registrationToken: token,
      upstreamSecrets: new Map([['company', upstreamSecret]]),
    },
  )
  ada = await house.addPerson('ada', { totp: true })
})
afterAll(async () => {
  await house.close()
  await upstream.stop()
  party.closeAllConnections()
  party.close()
})

/** Whether an address is below the issuer, which is what a proxy in front lets through. */
function outside(addresses: readonly unknown[]): readonly unknown[] {
  return addresses.filter((address) => !String(address).startsWith(`${house.issuer}/`))
}

async function json(path: string, init?: RequestInit): Promise<Record<string, unknown>> {
  const response = await fetch(`${house.issuer}${path}`, init)
  return (await response.json()) as Record<string, unknown>
}

describe('a provider whose issuer has a path', () => {
  it('names every endpoint below it, and each answers there (OpenID Connect Discovery §4)', async () => {
    const metadata = await json('/.well-known/openid-configuration')
    expect(metadata['issuer']).toBe(house.issuer)
    const endpoints = Object.entries(metadata).filter(([name]) => /_(endpoint|uri)$/.test(name))
    expect(endpoints.length).toBeGreaterThan(8)
    expect(outside(endpoints.map(([, address]) => address))).toEqual([])
    const answers = endpoints.map(async ([name, address]) => {
      const posts = !/jwks|^authorization|end_session|userinfo/.test(name)
      const { status } = await fetch(String(address), { method: posts ? 'POST' : 'GET' })
      return [name, status]
    })
    expect((await Promise.all(answers)).filter(([, status]) => status === 404)).toEqual([])
  })

  it('is found where OAuth looks for it, too (RFC 8414 §3.1)', async () => {
    const answer = await fetch(
      new URL('/.well-known/oauth-authorization-server/auth', house.issuer),
    )
    expect(await answer.json()).toEqual(await json('/.well-known/openid-configuration'))
  })

  it('answers nothing beside it', async () => {
    for (const path of ['/authorize', '/token', '/.well-known/openid-configuration', '/device']) {
      const { status } = await fetch(new URL(path, house.issuer))
      expect([path, status]).toEqual([path, 404])
    }
  })

  it('leads whoever types its name alone to the account pages', async () => {
    for (const path of ['', '/']) {
      const { status, headers } = await fetch(`${house.issuer}${path}`, { redirect: 'manual' })
      expect([status, headers.get('location')]).toEqual([302, '/auth/account'])
    }
  })

  it('signs in and steps up on pages below it', async () => {
    const visitor = house.visitor()
    const login = authorizationRequest(house, { client_id: 'web', resource, acr_values: 'mfa' })
    const page = await visitor.get(login.url)
    expect(outside([page.url.href, new URL(formsOf(page)[0]?.action ?? '', page.url)])).toEqual([])
    const { page: back, asked } = await answerPages(visitor, page, ada)
    expect(asked).toEqual(['login:password', 'step-up:totp'])
    expect(back.url.searchParams.get('iss')).toBe(house.issuer)
    const tokens = await redeem(house, 'web', login, back)
    expect(tokens.accessToken).toMatchObject({ iss: house.issuer, acr: 'mfa' })
  })

  it('takes a posted request on to its own address', async () => {
    const { url } = authorizationRequest(house, { client_id: 'web', resource })
    const page = await house
      .visitor()
      .post(`${house.issuer}/authorize`, Object.fromEntries(url.searchParams))
    expect([page.page, outside([page.url.href])]).toEqual(['login', []])
  })

  it('knows a proof of a key by the address of its own token endpoint (RFC 9449 §4.3)', async () => {
    const keys = await clientKeys()
    const visitor = house.visitor()
    const attempt = authorizationRequest(house, { client_id: 'bound', resource })
    const { page } = await answerPages(visitor, await visitor.get(attempt.url), ada)
    const url = new URL(`${house.issuer}/token`)
    const answer = await json('/token', {
      method: 'POST',
      headers: { dpop: await dpopProof(keys, { url }) },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: 'bound',
        code: page.url.searchParams.get('code') ?? '',
        redirect_uri: house.redirectUri,
        code_verifier: attempt.verifier,
      }),
    })
    expect(answer).toMatchObject({ token_type: 'DPoP' })
  })

  it('shows a device an address below it, where the code is answered (RFC 8628 §3.2)', async () => {
    const begun = await json('/device_authorization', {
      method: 'POST',
      body: new URLSearchParams({ client_id: 'cli', scope: 'openid', resource }),
    })
    expect(outside([begun['verification_uri'], begun['verification_uri_complete']])).toEqual([])
    const visitor = house.visitor()
    const typed = await visitor.get(String(begun['verification_uri_complete']))
    const confirm = await visitor.submit(typed, { user_code: String(begun['user_code']) })
    let page = await visitor.press(confirm, 'It is my device')
    page = (await answerPages(visitor, page, ada)).page
    if (page.page === 'consent') page = await visitor.press(page, 'Continue')
    expect([page.page, outside([page.url.href])]).toEqual(['device-ended', []])
    const tokens = await json('/token', {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        client_id: 'cli',
        device_code: String(begun['device_code']),
      }),
    })
    expect(tokens).toHaveProperty('access_token')
  })

  it('gives a registered client an address of its record below it (RFC 7592 §3)', async () => {
    const registered = await json('/register', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: [house.redirectUri] }),
    })
    const { registration_client_uri: uri, registration_access_token: own } = registered
    expect(outside([uri])).toEqual([])
    const { status } = await fetch(String(uri), {
      headers: { authorization: `Bearer ${String(own)}` },
    })
    expect(status).toBe(200)
  })

  it('has its account pages below it', async () => {
    const visitor = house.visitor()
    const login = await visitor.get(`${house.issuer}/account`)
    const { page } = await answerPages(visitor, login, ada)
    expect([page.page, outside([page.url.href])]).toEqual(['account', []])
    const links = [...page.html.matchAll(/(?:href|src|action)="(\/[^"]*)"/g)].map(
      ([, link = '']) => new URL(link, page.url).href,
    )
    expect([links.length > 0, outside(links)]).toEqual([true, []])
  })

  it('logs out below it, and tells apps as that issuer (Back-Channel Logout §2.4)', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada, { client_id: 'web', scope: 'openid' })
    const confirm = await visitor.get(`${house.issuer}/logout?client_id=web`)
    const [form] = formsOf(confirm)
    const heard = once(party, 'told')
    const action = new URL(form?.action ?? '', confirm.url)
    expect(outside([action])).toEqual([])
    const over = await visitor.post(action, { ...form?.fields, logout: 'yes' })
    expect(outside([over.url.href])).toEqual([])
    await heard
    const [, payload = ''] = (told.at(-1)?.get('logout_token') ?? '').split('.')
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
      iss: house.issuer,
    })
  })

  it('is found by a foreign library', async () => {
    const configuration = await openid.discovery(
      new URL(house.issuer),
      'web',
      undefined,
      openid.None(),
      // The provider of this test is on loopback, where there is no TLS to speak of.
      // oxlint-disable-next-line typescript/no-deprecated -- marked so that it stands out, and it does
      { execute: [openid.allowInsecureRequests] },
    )
    expect(configuration.serverMetadata().token_endpoint).toBe(`${house.issuer}/token`)
  })
})

describe('an issuer that ends in a slash', () => {
  it('is told letter by letter, and its addresses have one slash (OpenID Connect Discovery §4.3)', async () => {
    const slashed = await openTestHouse(
      ({ issuer, redirectUri }) => `
issuer: ${issuer}
levels:
  basic: { accepts: [password], lifetime: 12h }
clients:
  - { id: web, redirectUris: ['${redirectUri}'] }
`,
      { path: '/auth/' },
    )
    try {
      const metadata = await fetch(`${slashed.issuer}.well-known/openid-configuration`)
      const { issuer, token_endpoint: endpoint, ...others } = await metadata.json()
      expect([issuer, endpoint]).toEqual([slashed.issuer, `${slashed.issuer}token`])
      expect(JSON.stringify(others)).not.toMatch(/[^:]\/\//)
      const person = await slashed.addPerson('ada')
      const visitor = slashed.visitor()
      const { url } = authorizationRequest(slashed, { client_id: 'web' })
      const { page } = await answerPages(
        visitor,
        await visitor.get(url.href.replace('//a', '/a')),
        person,
      )
      expect(page.url.searchParams.get('iss')).toBe(slashed.issuer)
    } finally {
      await slashed.close()
    }
  })
})

describe('an upstream of a provider below a path', () => {
  it('leads back below it, to sign in and to link an account', async () => {
    await linkPerson(house, ada.accountId, upstream.issuer)
    const visitor = house.visitor()
    const attempt = authorizationRequest(house, { client_id: 'web' })
    const back = await upstream.through(visitor, await visitor.get(attempt.url))
    expect(outcome(back)).toBe('code')
    expect(outside([upstream.asked.at(-1)?.['redirect_uri']])).toEqual([])

    const bob = await house.addPerson('bob')
    const other = house.visitor()
    const login = await other.get('/auth/account')
    const account = await other.submit(login, { username: bob.username, password: bob.password })
    upstream.answer = { claims: { sub: 'bob-there' }, userinfo: { sub: 'bob-there' } }
    const start = await other.press(account, 'Link Example Company')
    const shown = await upstream.through(other, start)
    expect([shown.page, shown.url.pathname]).toEqual([
      'account-link',
      '/auth/account/link/company/confirm',
    ])
    expect((await other.press(shown, 'Link Example Company')).page).toBe('account')
    const link = await house.store.credentials.byUpstreamSubject(upstream.issuer, 'bob-there')
    expect(link?.accountId).toBe(bob.accountId)
  })
})
