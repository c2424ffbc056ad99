import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { fuzzed } from '@newel/testing/fuzz'
import {
  type TestHouse,
  type TestPerson,
  type VisitedPage,
  type Visitor,
  answerPage,
  authorizationRequest,
  formsOf,
  openTestHouse,
  requestTokens,
} from '@newel/testing/house'
import { PasskeyDevice } from '@newel/testing/passkey-device'
import { ask, journey, outcome } from './step-up-house.ts'

/** What nobody may wait for longer, in milliseconds. */
const patience = 5000

let house: TestHouse
let ada: TestPerson
let visitor: Visitor
let before: unknown

beforeAll(async () => {
  house = await openTestHouse(
    ({ issuer, redirectUri }) => `
issuer: ${issuer}
levels:
  basic: { accepts: [password, passkey], lifetime: 12h }
  mfa: { accepts: [password + totp, passkey], lifetime: 15m }
  phishing-resistant: { acr: phr, accepts: [passkey], lifetime: 5m }
enrolment: { duringStepUp: true }
lockout: { attempts: 1000 }
resources:
  - { id: 'https://api.test', name: API, scopes: { accounts: Read accounts } }
  - { id: '${issuer}/account', name: Account, scopes: { 'account:read': See, 'account:write': Change } }
clients:
  - { id: web, type: spa, redirectUris: ['${redirectUri}'], default: basic, resources: ['https://api.test', '${issuer}/account'], scopes: [openid, accounts, 'account:read', 'account:write'] }
  - { id: tv, type: public, deviceFlow: true, default: basic, resources: ['https://api.test'] }
`,
  )
  ada = await house.addPerson('ada', { totp: true })
  await withPasskey()
  visitor = house.visitor()
  await journey(house, visitor, ada)
})
afterAll(async () => house.close())

const device = new PasskeyDevice()

/** Sets up a passkey by the pages, as a person would. */
async function withPasskey(): Promise<void> {
  const other = house.visitor()
  let { page } = await ask(house, other, { acr_values: 'phr' })
  page = await answerPage(other, page, ada)
  page = await other.submit(page, { method: 'passkey' })
  while (page.page === 'step-up') page = await answerPage(other, page, ada)
  page = await device.answer(other, page)
  expect(page.page).toBe('enrolled')
}

/** Everything that a person would miss, or that would give somebody more than they had. */
async function state(): Promise<unknown> {
  const credentials = await house.store.credentials.forAccount(ada.accountId)
  const [session] = await house.store.sessions.forAccount(ada.accountId)
  return {
    account: await house.store.accounts.byId(ada.accountId),
    credentials: credentials.map(({ lastUsedAt: _used, ...kept }) => kept),
    events: session && (await house.store.sessions.read(session.uid)),
    rises: house.events.filter(({ type }) => type === 'proof_accepted').length,
  }
}

async function remember(): Promise<void> {
  before = await state()
}

afterEach(async () => {
  expect(await state()).toEqual(before)
})

/** One request as it stands, without following: the status, which is never a failure of ours. */
async function send(path: string, init: RequestInit & { cookie?: string } = {}): Promise<Response> {
  const { cookie, ...rest } = init
  const response = await fetch(house.issuer + path, {
    redirect: 'manual',
    ...rest,
    headers: {
      ...Object.fromEntries(new Headers(rest.headers)),
      ...(cookie === undefined || cookie === '' ? {} : { cookie }),
    },
    signal: AbortSignal.timeout(patience),
  })
  expect(response.status, `${rest.method ?? 'GET'} ${path}`).toBeLessThan(500)
  return response
}

/** What a browser would send there: each interaction has a cookie of the same name. */
function cookies(of: Visitor, path: string): string {
  return [...of.cookies]
    .filter(([, kept]) => kept.path === '/' || `${path}/`.startsWith(`${kept.path}/`))
    .map(([key, { value }]) => `${key.split(' ')[0]}=${value}`)
    .join('; ')
}

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    ' ',
    '\0',
    '0',
    '-1',
    '1e999',
    'null',
    '[]',
    '{}',
    '__proto__',
    '%',
    '%00',
    'é',
  ),
  fc.constantFrom('constructor', 'toString', 'hasOwnProperty', '../../etc', '\r\nSet-Cookie: a=b'),
  fc.integer({ min: 1, max: 20_000 }).map((length) => 'a'.repeat(length)),
)

/** As a segment of a path, where half a character cannot stand. */
function inPath(value: string): string {
  const short = Array.from(value).slice(0, 150)
  return short.map((one) => (/\p{Surrogate}/u.test(one) ? '%' : encodeURIComponent(one))).join('')
}

/** What a well-meant value looks like, bent. */
function bent(...values: readonly string[]): fc.Arbitrary<string> {
  const good = fc.constantFrom(...values)
  return fc.oneof(
    { weight: 3, arbitrary: good },
    { weight: 1, arbitrary: fc.tuple(good, text).map(([start, end]) => `${start} ${end}`) },
    { weight: 2, arbitrary: text },
  )
}

const json = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constant(JSON.parse('{"__proto__":{"acr":1}}') as unknown),
)

const acrClaim = fc.oneof(
  fc.record(
    {
      essential: fc.oneof(fc.boolean(), json),
      value: fc.oneof(fc.constantFrom('mfa', 'phr', 'gold', 'basic'), json),
      values: fc.oneof(fc.array(fc.constantFrom('mfa', 'phr', 'gold', 'basic')), json),
    },
    { requiredKeys: [] },
  ),
  json,
)
const claims = fc.oneof(
  fc
    .record(
      {
        id_token: fc.record({ acr: acrClaim, auth_time: json, sub: json }, { requiredKeys: [] }),
        userinfo: json,
      },
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify(value)),
  json.map((value) => JSON.stringify(value)),
  text,
)

/** Some of the fields: where all are bent, the first check refuses them all. */
function aFew(
  fields: Readonly<Record<string, fc.Arbitrary<string>>>,
): fc.Arbitrary<Readonly<Record<string, string>>> {
  return fc
    .uniqueArray(fc.constantFrom(...Object.keys(fields)), { minLength: 1, maxLength: 4 })
    .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, fields[name]!]))))
}

const authorization = aFew({
  acr_values: bent('mfa', 'phr', 'basic', 'gold', 'mfa phr', 'gold mfa'),
  max_age: bent('0', '1', '600', '-1', '0.5', '99999999999999999999', 'NaN', '0x10'),
  prompt: bent('none', 'login', 'consent', 'none login', 'step_up', 'create'),
  claims,
  scope: bent('openid', 'openid accounts', 'accounts', 'openid offline_access'),
  resource: bent('https://api.test', 'https://other.test'),
  response_type: bent('code', 'id_token', 'code id_token', 'none'),
  response_mode: bent('query', 'fragment', 'form_post', 'web_message', 'jwt'),
  redirect_uri: bent('http://localhost:9/callback', 'https://evil.test/'),
  client_id: bent('web', 'tv'),
  code_challenge_method: bent('S256', 'plain'),
  code_challenge: text,
  id_token_hint: bent('e30.e30.e30', 'eyJhbGciOiJub25lIn0.e30.'),
  login_hint: text,
  ui_locales: bent('de', 'en fr', 'x-klingon'),
  request: bent('e30.e30.', 'eyJhbGciOiJub25lIn0.e30.'),
  request_uri: bent('urn:ietf:params:oauth:request_uri:none', 'https://evil.test/request'),
  dpop_jkt: text,
  state: text,
  nonce: text,
})

/** Nothing, once, or repeated. */
const repeats = fc.array(
  fc.tuple(
    fc.constantFrom('acr_values', 'max_age', 'prompt', 'claims', 'client_id', 'scope'),
    text,
  ),
  { maxLength: 2 },
)

/** Every level that is named is more than a password. */
function asksMore(acrValues: string): boolean {
  return /^(?:mfa|phr|gold)(?: (?:mfa|phr|gold))*$/.test(acrValues)
}

describe('an authorization request', () => {
  it('of any content is answered or refused, in a session and outside, and raises nothing', async () => {
    await remember()
    await fc.assert(
      fc.asyncProperty(
        authorization,
        repeats,
        fc.boolean(),
        fc.constantFrom('GET', 'POST'),
        async (parameters, repeated, signedIn, method) => {
          const { url, verifier } = authorizationRequest(house, { client_id: 'web' })
          const good = Object.fromEntries(url.searchParams)
          const form = new URLSearchParams({ ...good, ...parameters })
          for (const [name, value] of repeated) form.append(name, value)
          const cookie = signedIn ? cookies(visitor, '/authorize') : ''
          // Node refuses longer ones before we see them.
          fc.pre(String(form).length < 12_000)
          const response =
            method === 'GET'
              ? await send(`/authorize?${form}`, { cookie })
              : await send('/authorize', { method, body: form, cookie })
          const target = response.headers.get('location')
          if (target === null) return
          const to = new URL(target, house.issuer)
          // Only to the address of the client, or to a page of ours.
          expect([house.issuer, 'http://localhost:9']).toContain(to.origin)
          if (to.origin === house.issuer) {
            const given = response.headers.getSetCookie().map((line) => line.split(';')[0])
            await send(to.pathname, { cookie: given.join('; ') })
          }
          const code = to.searchParams.get('code')
          if (code === null) return
          // Silently: what the session has, and nothing that asks for a proof.
          expect([signedIn, ...form.getAll('acr_values').filter(asksMore)]).toEqual([true])
          expect(form.getAll('max_age')).not.toContain('0')
          const { idToken } = await requestTokens(house, {
            grant_type: 'authorization_code',
            client_id: 'web',
            code,
            redirect_uri: house.redirectUri,
            code_verifier: verifier,
          })
          expect(['basic', undefined]).toContain(idToken.acr)
        },
      ),
      fuzzed(300),
    )
  }, 600_000)

  it('whose names or encoding are of any kind is answered or refused', async () => {
    await remember()
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(
          '/authorize',
          '/par',
          '/token',
          '/introspect',
          '/revoke',
          '/device_authorization',
          '/device',
          '/logout',
          '/userinfo',
        ),
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.uint8Array({ maxLength: 200 }),
          json.map((value) => JSON.stringify(value)),
        ),
        fc.constantFrom(
          'application/x-www-form-urlencoded',
          'application/json',
          'text/plain',
          'multipart/form-data; boundary=x',
          '',
          'x',
        ),
        async (path, body, type) => {
          const headers = { 'content-type': type, accept: 'text/html' }
          await send(path, {
            method: 'POST',
            body: body as BodyInit,
            headers: type === '' ? {} : headers,
          })
        },
      ),
      fuzzed(200),
    )
  }, 600_000)
})

describe('a token, PAR or device request', () => {
  it('of any content is refused and issues nothing', async () => {
    await remember()
    const grants = [
      'authorization_code',
      'refresh_token',
      'client_credentials',
      'urn:ietf:params:oauth:grant-type:device_code',
      'password',
    ]
    const fields = aFew({
      client_id: bent('web', 'tv'),
      client_secret: text,
      code: text,
      refresh_token: text,
      device_code: text,
      redirect_uri: bent('http://localhost:9/callback'),
      code_verifier: text,
      resource: bent('https://api.test'),
      scope: bent('openid', 'accounts'),
      token: bent('e30.e30.e30'),
      token_type_hint: bent('access_token', 'refresh_token'),
      request_uri: text,
      acr_values: bent('mfa'),
      max_age: bent('0'),
      claims,
    })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('/token', '/introspect', '/revoke', '/par', '/device_authorization'),
        fc.oneof(fc.constantFrom(...grants), text),
        fields,
        fc.option(text.filter((value) => /^[\x21-\x7e]{1,200}$/.test(value))),
        async (path, grant, form, header) => {
          const response = await send(path, {
            method: 'POST',
            body: new URLSearchParams({ grant_type: grant, client_id: 'web', ...form }),
            headers: header === null ? {} : { authorization: `Basic ${header}`, dpop: header },
          })
          if (path === '/token') expect(response.status).toBeGreaterThanOrEqual(400)
        },
      ),
      fuzzed(200),
    )
  }, 600_000)
})

describe('a user code', () => {
  it('of any kind leads back to the page that asks for it', async () => {
    await remember()
    const asker = house.visitor()
    await fc.assert(
      fc.asyncProperty(bent('ABCD-EFGH', 'BCDF-GHJK'), fc.boolean(), async (code, confirm) => {
        const fields = formsOf(await asker.get('/device'))[0]?.fields ?? {}
        const form = new URLSearchParams({
          ...fields,
          user_code: code,
          ...(confirm && { confirm: 'yes' }),
        })
        const cookie = cookies(asker, '/device')
        await send('/device', { method: 'POST', body: form, cookie })
        await send(`/device?${new URLSearchParams({ user_code: code.slice(0, 2000) })}`, { cookie })
      }),
      fuzzed(60),
    )
  }, 600_000)
})

describe('cookies', () => {
  it('of any kind are as none', async () => {
    await remember()
    const names = [
      'newel-session',
      'newel-session.sig',
      'newel-interaction',
      'newel-interaction.sig',
      'newel-resume',
      'newel-account',
      '__proto__',
      'x',
    ]
    const printable = fc.string({
      unit: fc.constantFrom(...Array.from('aZ09-_.=,"%+/{}[]')),
      maxLength: 60,
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            bent(...names).filter((name) => /^[\x21-\x7e]{1,40}$/.test(name)),
            printable,
          ),
          { maxLength: 5 },
        ),
        fc.constantFrom(
          '/authorize',
          '/interaction/x',
          '/account',
          '/account/sessions/x',
          '/device',
          '/logout',
        ),
        async (pairs, path) => {
          const cookie = pairs.map(([name, value]) => `${name}=${value}`).join('; ')
          const { search } = authorizationRequest(house, { client_id: 'web', prompt: 'none' }).url
          const response = await send(path === '/authorize' ? path + search : path, { cookie })
          expect(response.headers.get('location') ?? '').not.toContain('code=')
        },
      ),
      fuzzed(150),
    )
  }, 600_000)
})

describe('a path', () => {
  it('of any kind is found or not', async () => {
    await remember()
    const part = fc.oneof(
      text.map((value) => inPath(value)),
      fc.constantFrom(
        '..',
        '.',
        '%2e%2e',
        '%2f',
        '%',
        '%zz',
        '%c0%af',
        '',
        'interaction',
        'account',
        'enrol',
        'answer',
        'upstream',
      ),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { minLength: 1, maxLength: 5 }),
        fc.constantFrom('GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'),
        async (parts, method) => {
          await send(`/${parts.join('/')}`, { method, cookie: cookies(visitor, '/') })
        },
      ),
      fuzzed(150),
    )
  }, 600_000)
})

/** A page that asks the person for `acr` in the session that is there. */
async function stepUpPage(acr: string, of = visitor): Promise<VisitedPage> {
  const { page } = await ask(house, of, { acr_values: acr })
  return page
}

const formFields = aFew({
  method: bent(
    'password',
    'totp',
    'passkey',
    'security-key',
    'recovery-code',
    'email-code',
    'federated',
  ),
  code: bent('000000', '00000O', '１２３４５６'),
  username: text,
  password: text,
  webauthn_response: fc.oneof(
    json.map((value) => JSON.stringify(value)),
    text,
  ),
  label: text,
  answer: text,
  state: text,
  enrolment: text,
})

describe('a form', () => {
  it('of any content, with the right token or another, proves nothing', async () => {
    await remember()
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('mfa', 'phr'),
        fc.constantFrom('', '/choose', '/resend', '/enrol', '/enrol/answer'),
        formFields,
        fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: text }),
        async (acr, action, fields, token) => {
          // A code that happens to be right is none of this.
          fc.pre(!/^\d{6}$/.test(fields.code ?? '') || fields.code === '000000')
          const page = await stepUpPage(acr)
          const own = formsOf(page).find(({ fields: { method } }) => method !== undefined)
          const given = token === undefined ? {} : { csrf_token: token }
          await send(page.url.pathname + action, {
            method: 'POST',
            body: new URLSearchParams({ ...own?.fields, ...fields, ...given }),
            headers: { origin: house.issuer },
            cookie: cookies(visitor, page.url.pathname + action),
          })
        },
      ),
      fuzzed(200),
    )
  }, 600_000)

  it('that repeats its fields, or is no form, proves nothing', async () => {
    await remember()
    const page = await stepUpPage('mfa')
    const csrf = formsOf(page)[0]?.fields.csrf_token ?? ''
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(fc.constantFrom('method', 'code', 'csrf_token', '__proto__', 'code[]'), text),
          { maxLength: 8 },
        ),
        fc.constantFrom('application/x-www-form-urlencoded', 'application/json', 'text/plain'),
        async (pairs, type) => {
          const form = new URLSearchParams([['csrf_token', csrf], ['method', 'totp'], ...pairs])
          const body = type.endsWith('json')
            ? JSON.stringify(Object.fromEntries(form))
            : String(form)
          await send(page.url.pathname, {
            method: 'POST',
            body,
            headers: { origin: house.issuer, 'content-type': type },
            cookie: cookies(visitor, page.url.pathname),
          })
        },
      ),
      fuzzed(100),
    )
  }, 600_000)
})

describe('the account API', () => {
  it('takes bodies and identifiers of any kind for what they are, and changes nothing by a token that is too weak', async () => {
    const { raw } = await journey(house, house.visitor(), ada, {
      resource: `${house.issuer}/account`,
      scope: 'openid account:read account:write',
    })
    await remember()
    const paths = [
      '/sessions/end',
      '/sessions/:id/end',
      '/sessions/:id/drop',
      '/authenticators/:id/rename',
      '/authenticators/:id/remove',
    ]
    const own = (await house.store.credentials.forAccount(ada.accountId)).map(({ id }) => id)
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...paths),
        fc.oneof(text, fc.constantFrom(...own)),
        fc.oneof(
          json.map((value) => JSON.stringify(value)),
          text,
        ),
        fc.constantFrom('application/json', 'application/x-www-form-urlencoded', 'text/plain'),
        async (path, id, body, type) => {
          const response = await send(`/account/api${path.replace(':id', inPath(id))}`, {
            method: 'POST',
            body,
            headers: {
              'content-type': type,
              authorization: `Bearer ${String(raw.access_token)}`,
            },
          })
          expect(response.status).toBeGreaterThanOrEqual(400)
        },
      ),
      fuzzed(150),
    )
  }, 600_000)

  it('takes bodies of any kind from a person who may change things, and neither adds nor removes an authenticator', async () => {
    const ben = await house.addPerson('ben', { totp: true })
    const { raw } = await journey(house, house.visitor(), ben, {
      resource: `${house.issuer}/account`,
      scope: 'openid account:read account:write',
      acr_values: 'mfa',
    })
    await remember()
    // A password that is good enough takes the place of the one before.
    const methods = async (): Promise<readonly string[]> =>
      (await house.store.credentials.forAccount(ben.accountId)).map(({ method }) => method)
    const own = await methods()
    const totp = (await house.store.credentials.forAccount(ben.accountId)).find(
      ({ method }) => method === 'totp',
    )
    const headers = {
      'content-type': 'application/json',
      authorization: `Bearer ${String(raw.access_token)}`,
    }
    const begin = async (method: string): Promise<string> => {
      const begun = await send('/account/api/authenticators', {
        method: 'POST',
        body: JSON.stringify({ method }),
        headers,
      })
      expect(begun.status).toBe(201)
      return ((await begun.json()) as { enrolment: string }).enrolment
    }
    const body = fc.oneof(
      fc.record(
        {
          method: fc.oneof(bent('totp', 'passkey', 'recovery-code', 'password'), json),
          label: fc.oneof(text, json),
          response: fc.oneof(text, json),
          password: fc.oneof(text, json),
        },
        { requiredKeys: [] },
      ),
      json,
    )
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(
          '/authenticators',
          '/authenticators/enrolments/passkey',
          '/authenticators/enrolments/totp',
          '/password',
          `/authenticators/${totp?.id}/rename`,
        ),
        body,
        async (path, value) => {
          const [, method] = /enrolments\/(.*)/.exec(path) ?? []
          const address = method === undefined ? path : path.replace(method, await begin(method))
          const sent = JSON.stringify(value) ?? ''
          await send(`/account/api${address}`, { method: 'POST', body: sent, headers })
        },
      ),
      fuzzed(120),
    )
    expect((await methods()).toSorted()).toEqual(own.toSorted())
  }, 600_000)
})

describe('a WebAuthn response', () => {
  /** At one place of the JSON stands something else. */
  function mutated(value: unknown, path: readonly number[], put: unknown): unknown {
    const [first, ...rest] = path
    if (first === undefined || typeof value !== 'object' || value === null) return put
    const keys = Object.keys(value)
    const key = keys[first % Math.max(1, keys.length)]
    if (key === undefined) return put
    const inner: unknown = Reflect.get(value, key)
    const changed = mutated(inner, rest, put)
    return Array.isArray(value)
      ? value.map((item: unknown, at) => (String(at) === key ? changed : item))
      : { ...value, [key]: changed }
  }

  /** What decides is the credential and what it signed; the rest is remarks that may be left out or wrong. */
  const decisive = ['id', 'rawId', 'response', 'type']

  it('in which anything that is signed is replaced is refused', async () => {
    await remember()
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(20), { minLength: 1, maxLength: 3 }),
        fc.oneof(json, text, fc.base64String()),
        async (path, put) => {
          const asked = await stepUpPage('phr')
          const right = JSON.parse(device.respond(asked)) as unknown
          const wrong = mutated(right, path, put)
          const same = decisive.every(
            (key) =>
              JSON.stringify(Reflect.get(Object(wrong), key)) ===
              JSON.stringify(Reflect.get(Object(right), key)),
          )
          fc.pre(!same)
          const fields = formsOf(asked).find(({ fields: named }) => 'webauthn_response' in named)
          const response = await send(asked.url.pathname, {
            method: 'POST',
            body: new URLSearchParams({
              ...fields?.fields,
              webauthn_response: JSON.stringify(wrong) ?? '',
            }),
            headers: { origin: house.issuer },
            cookie: cookies(visitor, asked.url.pathname),
          })
          expect(response.headers.get('location') ?? '').not.toContain('code=')
        },
      ),
      fuzzed(100),
    )
    const asked = await stepUpPage('phr')
    const right = device.respond(asked)
    expect(outcome(await visitor.submit(asked, { webauthn_response: right }))).toBe('code')
    await remember()
  }, 600_000)
})
