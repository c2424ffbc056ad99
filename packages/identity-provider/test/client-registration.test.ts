import { randomBytes } from 'node:crypto'
import * as openid from 'openid-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parsePolicyDocument } from '@newel/policy-document'
import {
  type TestHouse,
  type TestPerson,
  type VisitedPage,
  type Visitor,
  answerPages,
  authorizationRequest,
  openTestHouse,
} from '@newel/testing/house'
import { createIdentityProvider, createSealer, openSqliteStore } from '../src/index.ts'
import {
  type ClientKeyPair,
  asserting,
  clientAssertion,
  clientKeys,
  send,
} from './protocol-house.ts'
import { resource } from './step-up-house.ts'

const token = 'initial-access-token-of-the-operator'
const callback = 'http://localhost:9/callback'
const other = 'https://other.test'

function documentOf(issuer: string, registration: string): string {
  return `
issuer: ${issuer}
levels:
  basic: { accepts: [password], lifetime: 12h }
  mfa: { accepts: [password + totp], lifetime: 15m }
resources:
  - { id: '${resource}', scopes: { accounts: Read accounts, transfers: Send money } }
  - { id: '${other}', scopes: { secrets: Read secrets } }
clients:
  - { id: web, redirectUris: ['${callback}'], resources: ['${other}'] }
${registration}
`
}

const usual = `registration:
  initialAccessToken: { env: TOKEN }
  redirectOrigins: ['http://localhost:9']
  minimum: mfa
  resources: ['${resource}']
  scopes: [openid, profile, accounts]
  refreshTokenLifetime: 1h
`

let house: TestHouse
let ada: TestPerson
let visitor: Visitor

beforeEach(async () => {
  house = await openTestHouse(({ issuer }) => documentOf(issuer, usual), {
    registrationToken: token,
  })
  ada = await house.addPerson('ada', { totp: true })
  visitor = house.visitor()
})
afterEach(async () => {
  await house.close()
})

async function call(
  method: string,
  address: string,
  bearer: string | undefined,
  body?: unknown,
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const response = await fetch(new URL(address, house.issuer), {
    method,
    headers: {
      'content-type': 'application/json',
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    body: !text.startsWith('{') ? {} : (JSON.parse(text) as Record<string, unknown>),
  }
}

const least = { redirect_uris: [callback], client_name: 'Partner' }

async function register(metadata: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
  const { status, body } = await call('POST', '/register', token, { ...least, ...metadata })
  expect(status).toBe(201)
  return body
}

async function refusal(metadata: Record<string, unknown>): Promise<unknown> {
  const { status, body } = await call('POST', '/register', token, { ...least, ...metadata })
  return [status, body['error']]
}

/** A foreign client that knows what it registered, and nothing else. */
async function foreign(registered: Record<string, unknown>): Promise<openid.Configuration> {
  const secret = registered['client_secret']
  return openid.discovery(
    new URL(house.issuer),
    String(registered['client_id']),
    undefined,
    typeof secret === 'string' ? openid.ClientSecretBasic(secret) : openid.None(),
    // The provider of this test is on loopback, where there is no TLS to speak of.
    // oxlint-disable-next-line typescript/no-deprecated -- marked so that it stands out, and it does
    { execute: [openid.allowInsecureRequests] },
  )
}

interface SignedIn {
  readonly page: VisitedPage
  /** After the consent. */
  readonly answer: VisitedPage
  readonly asked: readonly string[]
  readonly tokens: () => ReturnType<typeof openid.authorizationCodeGrant>
}

async function signIn(
  config: openid.Configuration,
  parameters: Record<string, string> = {},
): Promise<SignedIn> {
  const verifier = openid.randomPKCECodeVerifier()
  const state = openid.randomState()
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: callback,
    scope: 'openid accounts',
    resource,
    state,
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...parameters,
  })
  const { page, asked } = await answerPages(visitor, await visitor.get(url), ada)
  const answer = page.page === 'consent' ? await visitor.press(page, 'Continue') : page
  return {
    page,
    answer,
    asked,
    tokens: async () =>
      openid.authorizationCodeGrant(
        config,
        answer.url,
        { pkceCodeVerifier: verifier, expectedState: state },
        { resource },
      ),
  }
}

describe('a client that registers itself (RFC 7591)', () => {
  it('signs people in at the minimum of the document, whatever it asks, and after their consent', async () => {
    const config = await foreign(await register())
    const { page, asked, tokens } = await signIn(config, { acr_values: 'basic' })
    expect(asked).toEqual(['login:password', 'step-up:totp'])
    expect(page.page).toBe('consent')
    expect(page.html).toContain('Partner (localhost:9)')
    expect((await tokens()).claims()).toMatchObject({ acr: 'mfa', sub: ada.accountId })
  })

  it('is named with its host on the page that posts an answer to it, too', async () => {
    const { answer } = await signIn(await foreign(await register()), {
      response_mode: 'form_post',
    })
    expect(answer.page).toBe('send-on')
    expect(answer.html).toContain('Partner (localhost:9)')
  })

  it('gets no scope and no resource beyond those listed', async () => {
    const config = await foreign(await register())
    const beyond = await signIn(config, { resource: other, scope: 'openid secrets' })
    expect(beyond.page.url.searchParams.get('error')).toBe('invalid_target')
    const { tokens } = await signIn(config, { scope: 'openid accounts transfers' })
    const { access_token: accessToken } = await tokens()
    const claims = JSON.parse(
      Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString(),
    ) as Record<string, unknown>
    expect(claims).toMatchObject({ aud: resource, scope: 'accounts', acr: 'mfa' })
  })

  it('registers by a foreign library', async () => {
    const config = await openid.dynamicClientRegistration(
      new URL(house.issuer),
      { ...least, token_endpoint_auth_method: 'none' },
      openid.None(),
      // oxlint-disable-next-line typescript/no-deprecated -- as above
      { initialAccessToken: token, execute: [openid.allowInsecureRequests] },
    )
    const { tokens } = await signIn(config)
    expect((await tokens()).claims()).toMatchObject({ acr: 'mfa' })
  })

  it('needs the initial access token', async () => {
    for (const bearer of [undefined, '', 'wrong', `${token}x`]) {
      expect((await call('POST', '/register', bearer, least)).status).toBe(
        bearer === '' ? 400 : 401,
      )
    }
  })

  it('is stopped for its address after many wrong tokens, with the right one too, by 429 (RFC 6585 §4)', async () => {
    const statuses = []
    for (let guess = 0; guess < 51; guess += 1) {
      statuses.push((await call('POST', '/register', `wrong-${guess}`, least)).status)
    }
    expect([statuses.indexOf(429), (await call('POST', '/register', token, least)).status]).toEqual(
      [50, 429],
    )
  })

  it('is one of a hundred in an hour: whoever has the token does not fill the store', async () => {
    const all = await Promise.all(Array.from({ length: 100 }, async () => register()))
    const { registration_client_uri: uri, registration_access_token: own, ...last } = all[99] ?? {}
    const { status, body } = await call('POST', '/register', token, least)
    expect([status, body['error']]).toEqual([429, 'temporarily_unavailable'])
    // Those that there are go on.
    const same = { ...least, client_id: last['client_id'] }
    expect((await call('PUT', String(uri), String(own), same)).status).toBe(200)
  })

  it('cannot raise, lower or widen itself by what it says of itself', async () => {
    const said = {
      default_acr_values: ['basic'],
      default_max_age: 5,
      require_auth_time: false,
      subject_type: 'public',
      id_token_signed_response_alg: 'none',
      jwks_uri: 'http://169.254.169.254/keys',
      sector_identifier_uri: 'http://169.254.169.254/',
      logo_uri: 'http://169.254.169.254/',
      consent: 'none',
      minimum: 'basic',
      grant_types: ['authorization_code', 'implicit', 'client_credentials'],
      response_types: ['id_token token'],
      application_type: 'native',
      scope: 'openid profile email accounts offline_access',
      client_id: 'web',
      client_secret: 'chosen',
    }
    const registered = await register(said)
    expect(registered).toMatchObject({
      grant_types: ['authorization_code'],
      response_types: ['code'],
      application_type: 'web',
      id_token_signed_response_alg: 'ES256',
      require_auth_time: true,
      scope: 'openid profile',
    })
    expect(registered['client_id']).toMatch(/^registered-/)
    expect(registered['client_secret']).not.toBe('chosen')
    for (const key of ['default_acr_values', 'jwks_uri', 'sector_identifier_uri', 'minimum']) {
      expect(registered).not.toHaveProperty(key)
    }
  })

  it.each([
    [{ redirect_uris: ['https://evil.example/callback'] }, 'invalid_redirect_uri'],
    [{ redirect_uris: [callback, 'http://localhost:10/callback'] }, 'invalid_redirect_uri'],
    [{ redirect_uris: ['http://localhost:9@evil.example/'] }, 'invalid_redirect_uri'],
    [{ redirect_uris: [] }, 'invalid_redirect_uri'],
    [{ redirect_uris: 'http://localhost:9/' }, 'invalid_redirect_uri'],
    [{ redirect_uris: undefined }, 'invalid_redirect_uri'],
    [{ post_logout_redirect_uris: ['https://evil.example/'] }, 'invalid_redirect_uri'],
    [{ backchannel_logout_uri: 'http://169.254.169.254/' }, 'invalid_redirect_uri'],
    [{ token_endpoint_auth_method: 'private_key_jwt' }, 'invalid_client_metadata'],
    [{ token_endpoint_auth_method: 'client_secret_jwt' }, 'invalid_client_metadata'],
    [
      {
        token_endpoint_auth_method: 'private_key_jwt',
        jwks_uri: 'http://169.254.169.254/keys',
      },
      'invalid_client_metadata',
    ],
    [{ client_name: `Part${String.fromCodePoint(0x202e)}ner` }, 'invalid_client_metadata'],
    [{ client_name: 'x'.repeat(61) }, 'invalid_client_metadata'],
  ])('%o is refused', async (metadata, error) => {
    expect(await refusal(metadata)).toEqual([400, error])
  })

  it('has no address that only looks like one of an allowed origin', async () => {
    const odd = [
      'blob:http://localhost:9/callback',
      'http://ada:secret@localhost:9/callback',
      'http://localhost:9/callback#fragment',
      'HTTP://LOCALHOST:9/../callback\t',
      'http://localhost:9\\@evil.example/',
      'http://localhost:99/callback',
      'https://localhost:9/callback',
    ]
    const answers = []
    for (const address of odd) {
      for (const metadata of [
        { redirect_uris: [address] },
        { post_logout_redirect_uris: [address] },
        { backchannel_logout_uri: address },
      ]) {
        const refused = await refusal(metadata)
        answers.push([address, Object.keys(metadata)[0], refused])
      }
    }
    expect(answers.filter(([, , refused]) => (refused as unknown[])[0] !== 400)).toEqual([])
  })

  it('is told which rule its addresses break (RFC 7591 §3.2.2)', async () => {
    const far = { redirect_uris: ['https://evil.example/callback'] }
    const { body } = await call('POST', '/register', token, { ...least, ...far })
    expect(body).toEqual({
      error: 'invalid_redirect_uri',
      error_description:
        'an address is at no origin that clients may register, or not plainly spelled',
    })
  })

  it('is not made of what stands in a prototype or in lists (RFC 7591 §2)', async () => {
    const sent = JSON.stringify(least).replace(
      /^\{/,
      '{"__proto__":{"jwks_uri":"http://169.254.169.254/","default_acr_values":["basic"],"scope":"openid accounts"},',
    )
    const response = await fetch(new URL('/register', house.issuer), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: sent,
    })
    const made = (await response.json()) as Record<string, unknown>
    expect(response.status).toBe(201)
    expect(made['scope']).toBe('openid')
    expect(made).not.toHaveProperty('jwks_uri')
    expect(made).not.toHaveProperty('default_acr_values')
    for (const metadata of [
      { backchannel_logout_uri: ['http://localhost:9/logout'] },
      { redirect_uris: [[callback]] },
      { redirect_uris: { 0: callback, length: 1 } },
      { token_endpoint_auth_method: ['none'] },
      { require_pushed_authorization_requests: 'no' },
    ]) {
      const [status] = (await refusal(metadata)) as unknown[]
      expect(status).toBe(400)
    }
  })

  it('is no client of the document: it has no id of one, and the document is not managed', async () => {
    const registered = await register()
    const rat = String(registered['registration_access_token'])
    expect((await call('GET', '/register/web', rat)).status).toBe(401)
  })

  it('gets refresh tokens as long as the document says, if it asks', async () => {
    const grants = { grant_types: ['authorization_code', 'refresh_token'] }
    const config = await foreign(await register(grants))
    const first = await (await signIn(config)).tokens()
    const second = await openid.refreshTokenGrant(config, String(first.refresh_token), { resource })
    expect(second.claims()).toMatchObject({ acr: 'mfa' })
    const without = await foreign(await register())
    expect(await (await signIn(without)).tokens()).not.toHaveProperty('refresh_token')
  })
})

describe('a registered client with `private_key_jwt`', () => {
  let keys: ClientKeyPair
  let clientId: string
  let registered: Record<string, unknown>

  beforeEach(async () => {
    keys = await clientKeys()
    registered = await register({
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [keys.publicJwk] },
    })
    clientId = String(registered['client_id'])
  })

  /** Who it is, is the first thing that a pushed request is judged by. */
  async function pushed(proof: Readonly<Record<string, string>>): Promise<unknown> {
    const { url } = authorizationRequest(house, { client_id: clientId })
    const form = { ...Object.fromEntries(url.searchParams), redirect_uri: callback, ...proof }
    const { status, body } = await send(house, '/par', form)
    return status === 201 ? 'pushed' : [status, body['error']]
  }

  async function assertion(
    claims: Readonly<Record<string, unknown>> = {},
    by: ClientKeyPair = keys,
  ): Promise<Readonly<Record<string, string>>> {
    const at = { issuer: house.issuer, keys: by }
    return asserting(await clientAssertion(at, clientId, claims))
  }

  it('gets no secret, and signs people in by a foreign library', async () => {
    expect(registered).toMatchObject({
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [keys.publicJwk] },
    })
    expect(registered).not.toHaveProperty('client_secret')
    const config = await openid.discovery(
      new URL(house.issuer),
      clientId,
      undefined,
      openid.PrivateKeyJwt(keys.privateKey),
      // oxlint-disable-next-line typescript/no-deprecated -- on loopback there is no TLS to speak of
      { execute: [openid.allowInsecureRequests] },
    )
    expect((await (await signIn(config)).tokens()).claims()).toMatchObject({ acr: 'mfa' })
  })

  it('is refused without a proof, by a secret, and by a name alone', async () => {
    expect(await pushed({})).toEqual([401, 'invalid_client'])
    expect(await pushed({ client_secret: 'guessed' })).toEqual([401, 'invalid_client'])
    expect(await pushed(await assertion())).toBe('pushed')
  })

  it('is refused an assertion of another key, for another audience, of another client, or too old', async () => {
    expect(await pushed(await assertion({}, await clientKeys()))).toEqual([401, 'invalid_client'])
    for (const claims of [
      { aud: 'https://elsewhere.example' },
      { aud: undefined },
      { iss: 'web' },
      { sub: 'web' },
      { exp: 1 },
      { exp: undefined },
      { jti: undefined },
    ]) {
      expect(await pushed(await assertion(claims))).not.toBe('pushed')
    }
  })

  it('is refused an assertion that was used, also where several come at once', async () => {
    const once = await assertion()
    expect(await pushed(once)).toBe('pushed')
    expect(await pushed(once)).toEqual([401, 'invalid_client'])
    const another = await assertion()
    const answers = await Promise.all(Array.from({ length: 5 }, async () => pushed(another)))
    expect(answers.filter((answer) => answer === 'pushed')).toHaveLength(1)
  })

  it('is refused the key of before once it has registered another', async () => {
    const next = await clientKeys()
    const { status } = await call(
      'PUT',
      String(registered['registration_client_uri']),
      String(registered['registration_access_token']),
      {
        ...least,
        client_id: clientId,
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [next.publicJwk] },
      },
    )
    expect(status).toBe(200)
    expect(await pushed(await assertion())).toEqual([401, 'invalid_client'])
    expect(await pushed(await assertion({}, next))).toBe('pushed')
  })

  it('is refused the key of another registered client', async () => {
    const foreignKeys = await clientKeys()
    await register({
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [foreignKeys.publicJwk] },
    })
    expect(await pushed(await assertion({}, foreignKeys))).toEqual([401, 'invalid_client'])
  })
})

describe('its record (RFC 7592)', () => {
  it('is read, changed under the same rules, and removed, by its own token', async () => {
    const registered = await register()
    const own = String(registered['registration_client_uri'])
    const first = String(registered['registration_access_token'])
    const read = await call('GET', own, first)
    expect(read.body).toMatchObject({
      client_id: registered['client_id'],
      client_secret: registered['client_secret'],
    })
    const update = {
      client_id: registered['client_id'],
      client_name: 'Renamed',
      redirect_uris: [callback],
      default_acr_values: ['basic'],
      scope: 'openid email',
    }
    const changed = await call('PUT', own, first, update)
    expect(changed.body).toMatchObject({ client_name: 'Renamed', scope: 'openid' })
    expect(changed.body).not.toHaveProperty('default_acr_values')
    const second = String(changed.body['registration_access_token'])
    expect(second).not.toBe(first)
    expect((await call('GET', own, first)).status).toBe(401)
    const evil = { ...update, redirect_uris: ['https://evil.example/'] }
    expect((await call('PUT', own, second, evil)).status).toBe(400)
    expect((await call('DELETE', own, second)).status).toBe(204)
    expect((await call('GET', own, second)).status).toBe(401)
    expect(
      house.events.filter(({ clientId }) => clientId === registered['client_id']),
    ).toMatchObject([
      { type: 'client_registered' },
      { type: 'client_changed' },
      { type: 'client_removed' },
    ])
    const gone = await foreign(registered)
    expect((await signIn(gone)).page.page).toBe('error')
  })

  it('is not open to another client', async () => {
    const [one, two] = [await register(), await register()]
    const rat = String(two['registration_access_token'])
    expect((await call('GET', String(one['registration_client_uri']), rat)).status).toBe(401)
  })
})

describe('another document', () => {
  const reload = async (registration: string): Promise<void> => {
    const parsed = parsePolicyDocument(documentOf(house.issuer, registration))
    if (!parsed.ok) throw new Error(parsed.problems.map(({ code }) => code).join())
    await house.provider.reload({ document: parsed.document, registrationToken: token })
  }

  it('keeps registered clients, under its own levels and resources', async () => {
    const config = await foreign(await register())
    await reload(usual.replace('minimum: mfa', 'minimum: basic').replace('accounts]', 'transfers]'))
    const { asked, tokens } = await signIn(config, { scope: 'openid accounts transfers' })
    expect(asked).toEqual(['login:password'])
    expect(await tokens()).toMatchObject({ scope: expect.stringContaining('transfers') as string })
  })

  it('knows none whose addresses it does not allow', async () => {
    const config = await foreign(await register())
    await reload(usual.replace('http://localhost:9', 'https://apps.example.com'))
    expect((await signIn(config)).page.page).toBe('error')
  })

  it('that lets nobody register knows none, and has no such endpoint', async () => {
    const grants = { grant_types: ['authorization_code', 'refresh_token'] }
    const registered = await register(grants)
    const config = await foreign(registered)
    const { refresh_token: refreshToken } = await (await signIn(config)).tokens()
    await reload('')
    expect((await signIn(config)).page.page).toBe('error')
    await expect(openid.refreshTokenGrant(config, String(refreshToken))).rejects.toMatchObject({
      status: 401,
    })
    expect((await call('POST', '/register', token, least)).status).toBe(404)
    const own = String(registered['registration_client_uri'])
    expect((await call('GET', own, String(registered['registration_access_token']))).status).toBe(
      404,
    )
  })
})

describe('a document that lets clients register', () => {
  it.each([undefined, '', 'short'])('does not start with the token %j', async (weak) => {
    const parsed = parsePolicyDocument(documentOf('http://localhost:1', usual))
    if (!parsed.ok) throw new Error('refused')
    const sealer = createSealer(randomBytes(32))
    const store = await openSqliteStore({ path: ':memory:', sealer })
    const starting = createIdentityProvider({
      document: parsed.document,
      store,
      sealer,
      ...(weak !== undefined && { registrationToken: weak }),
    })
    await expect(starting).rejects.toMatchObject({ code: 'registration_token_missing' })
    await store.close()
  })
})
