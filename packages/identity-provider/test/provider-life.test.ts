import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type IdentityProvider,
  IdentityProviderError,
  type Store,
  createIdentityProvider,
  createSealer,
  createSigningKeys,
  StoreError,
  openSqliteStore,
} from '@newel/identity-provider'
import { parsePolicyDocument } from '@newel/policy-document'
import {
  type TestHouse,
  type TestPerson,
  Visitor,
  answerPages,
  redeem,
  requestTokens,
} from '@newel/testing/house'
import { ask, journey, now, openStepUpHouse, outcome, resource } from './step-up-house.ts'

const closing: (() => Promise<void>)[] = []
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
  vi.useRealTimers()
})

async function openHouse(options: Parameters<typeof openStepUpHouse>[0] = {}): Promise<TestHouse> {
  const house = await openStepUpHouse(options)
  closing.push(async () => house.close())
  return house
}

describe('a change of the policy', () => {
  it('applies to sessions that are already open', async () => {
    const kept = await keptStore()
    const before = await openHouse({ ...kept, mfaLifetime: '15m' })
    const ada = await before.addPerson('ada', { totp: true })
    const visitor = before.visitor()
    await journey(before, visitor, ada, { acr_values: 'mfa' })
    vi.setSystemTime(Date.now() + 300_000)
    expect((await journey(before, visitor, ada, { acr_values: 'mfa' })).asked).toEqual([])
    await before.provider.close()

    const after = await openHouse({ ...kept, port: portOf(before), mfaLifetime: '4m' })
    expect((await journey(after, visitor, ada, { acr_values: 'mfa' })).asked).toEqual([
      'step-up:totp',
    ])
  })
})

describe('a restart', () => {
  it('keeps sessions, levels and refresh tokens', async () => {
    const kept = await keptStore()
    const before = await openHouse(kept)
    const ada = await before.addPerson('ada', { totp: true })
    const visitor = before.visitor()
    const tokens = await journey(before, visitor, ada, { acr_values: 'mfa' })
    await before.provider.close()

    const after = await openHouse({ ...kept, port: portOf(before) })
    const again = await journey(after, visitor, ada, { acr_values: 'mfa' })
    expect([again.asked, again.accessToken.auth_time]).toEqual([[], tokens.accessToken.auth_time])
  })

  it('in the middle of a step-up the page resumes on the other node', async () => {
    const kept = await keptStore()
    const before = await openHouse(kept)
    const ada = await before.addPerson('ada', { totp: true })
    const visitor = before.visitor()
    await journey(before, visitor, ada)
    const { page } = await ask(before, visitor, { acr_values: 'mfa' })
    await before.provider.close()

    await openHouse({ ...kept, port: portOf(before) })
    const again = await visitor.get(page.url)
    expect([again.page, again.method]).toEqual(['step-up', 'totp'])
  })
})

describe('signing keys', () => {
  it('rotate without downtime: the new key signs, and tokens of the old one still verify', async () => {
    const kept = await keptStore()
    const house = await openHouse(kept)
    const ada = await house.addPerson('ada')
    const visitor = house.visitor()
    const old = await journey(house, visitor, ada)
    const keys = createSigningKeys({ store: kept.store.keys, sealer: kept.sealer })
    await keys.prepare(now())
    await keys.activateNext(now())
    await house.provider.reloadKeys()
    const fresh = await journey(house, visitor, ada)
    expect(fresh.asked).toEqual([])
    expect(kidOf(fresh.raw.access_token)).not.toBe(kidOf(old.raw.access_token))
    const response = await fetch(new URL('/jwks.json', house.issuer))
    const jwks = (await response.json()) as { keys: { kid: string; d?: string }[] }
    expect(jwks.keys.map(({ kid }) => kid)).toContain(kidOf(old.raw.access_token))
    expect(jwks.keys.every(({ d }) => d === undefined)).toBe(true)
  })
})

describe('the browser session', () => {
  let house: TestHouse
  let ada: TestPerson
  beforeEach(async () => {
    house = await openHouse()
    ada = await house.addPerson('ada', { totp: true })
  })

  it('has a new id after every rise of level', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const before = sessionCookie(visitor)
    await journey(house, visitor, ada, { acr_values: 'mfa' })
    expect(sessionCookie(visitor)).not.toBe(before)
  })

  it('is there under its new id before the old one is over, so that a node may die in between', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const { artifacts } = house.store
    const written = vi.spyOn(artifacts, 'upsert')
    const ended = vi.spyOn(artifacts, 'consume')
    await answerPages(visitor, page, ada)
    const ordersOf = ({ mock }: typeof written | typeof ended): readonly number[] =>
      mock.invocationCallOrder.filter((_, at) => mock.calls[at]?.[0] === 'Session')
    expect(ordersOf(ended)).toHaveLength(1)
    expect(Math.min(...ordersOf(written))).toBeLessThan(Math.min(...ordersOf(ended)))
    vi.restoreAllMocks()
  })

  it('an interaction of one browser cannot be answered in another', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const thief = await new Visitor(house.issuer).get(page.url)
    expect(thief.page).toBe('error')
  })

  it('a code taken to another client is refused', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { page, attempt } = await ask(house, visitor, {})
    expect((await redeem(house, 'second', attempt, page)).raw.error).toBe('invalid_grant')
  })

  it('ends at logout, and the level with it', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada, { acr_values: 'mfa' })
    const confirm = await visitor.get('/logout')
    expect(confirm.page).toBe('logout')
    const out = await visitor.press(confirm, 'Sign out')
    expect(out.page).toBe('logged-out')
    expect(outcome((await ask(house, visitor, { prompt: 'none' })).page)).toBe('login_required')
  })

  it('cookies are for http alone and for this site', async () => {
    const visitor = house.visitor()
    const { page } = await ask(house, visitor, {})
    const answer = await fetch(page.url, { headers: { cookie: '' } })
    const set = (
      await fetch(new URL('/authorize?client_id=web', house.issuer), { redirect: 'manual' })
    ).headers.getSetCookie()
    for (const cookie of [...set, ...answer.headers.getSetCookie()]) {
      expect(cookie.toLowerCase()).toMatch(/httponly/)
      expect(cookie.toLowerCase()).toMatch(/samesite=lax/)
    }
  })

  it('pages allow no inline script, no frame and no cache', async () => {
    const { page } = await ask(house, house.visitor(), {})
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe-inline')
    expect(page.headers.get('cache-control')).toContain('no-store')
    expect(page.headers.get('cross-origin-opener-policy')).toBeNull()
  })
})

describe('bad input', () => {
  let house: TestHouse
  beforeEach(async () => {
    house = await openHouse()
  })

  it('a form that is too large is refused, and the interaction goes on', async () => {
    const ada = await house.addPerson('ada')
    const visitor = house.visitor()
    const { page } = await ask(house, visitor, {})
    const refused = await visitor.submit(page, { username: 'ada', password: 'x'.repeat(100_000) })
    expect([refused.status, refused.page]).toEqual([413, 'error'])
    const answered = await visitor.submit(page, { username: ada.username, password: ada.password })
    expect(outcome(answered)).toBe('code')
  })

  it('a token request that is too large is refused as `invalid_request`', async () => {
    const response = await fetch(new URL('/token', house.issuer), {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'authorization_code', code: 'x'.repeat(100_000) }),
    })
    expect([response.status, ((await response.json()) as { error: string }).error]).toEqual([
      400,
      'invalid_request',
    ])
  })

  it('headers that are too large are refused with 431', async () => {
    const { hostname, port } = new URL(house.issuer)
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest(
        { hostname, port, path: '/authorize', headers: { cookie: 'x'.repeat(20_000) } },
        (response) => {
          response.resume()
          resolve(response.statusCode)
        },
      )
      request.on('error', reject)
      request.end()
    })
    expect(status).toBe(431)
  })

  it('a host header from outside does not reach an address that the provider gives out', async () => {
    const { hostname, port } = new URL(house.issuer)
    const metadata = await new Promise<string>((resolve, reject) => {
      const request = httpRequest(
        {
          hostname,
          port,
          path: '/.well-known/openid-configuration',
          headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example' },
        },
        (response) => {
          let body = ''
          response.on('data', (part: Buffer) => {
            body += part.toString()
          })
          response.on('end', () => {
            resolve(body)
          })
        },
      )
      request.on('error', reject)
      request.end()
    })
    expect(metadata).not.toContain('evil.example')
  })

  it('only the origins of a browser app may read its tokens across origins', async () => {
    const post = async (origin: string) =>
      fetch(new URL('/token', house.issuer), {
        method: 'POST',
        headers: { origin },
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          refresh_token: 'x',
          client_id: 'web',
        }),
      })
    expect((await post('http://localhost:9')).headers.get('access-control-allow-origin')).toBe(
      'http://localhost:9',
    )
    expect(
      (await post('https://evil.example')).headers.get('access-control-allow-origin'),
    ).toBeNull()
  })

  it('and may send credentials along, which no other origin and no open answer may', async () => {
    const preflight = async (origin: string) =>
      fetch(new URL('/token', house.issuer), {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      })
    const allowed = await preflight('http://localhost:9')
    expect([
      allowed.headers.get('access-control-allow-origin'),
      allowed.headers.get('access-control-allow-credentials'),
      allowed.headers.get('vary'),
    ]).toEqual(['http://localhost:9', 'true', expect.stringContaining('Origin')])
    const other = await preflight('https://evil.example')
    expect(other.headers.get('access-control-allow-credentials')).toBeNull()
    const open = await fetch(new URL('/jwks.json', house.issuer))
    expect(open.headers.get('access-control-allow-credentials')).toBeNull()
  })
})

describe('a start that cannot work', () => {
  it('a confidential client without its secret is named', async () => {
    const error = await start(
      'clients:\n  - { id: api, type: confidential, secret: { env: X }, redirectUris: [https://a.example/cb] }',
    )
    expect(error).toMatchObject({ code: 'client_secret_missing' })
    expect(String(error)).toContain('`api`')
  })

  it('a level that accepts only what no authenticator can prove is named', async () => {
    const house = await openHouse()
    const document = parsePolicyDocument(
      `issuer: ${house.issuer}\nlevels:\n  basic: { accepts: [password], lifetime: 1h }\n  mail: { accepts: [password + email-code], lifetime: 1h }\n`,
    )
    if (!document.ok) throw new Error('the document is right')
    const error: unknown = await house.provider
      .reload({ document: document.document })
      .catch((cause: unknown) => cause)
    expect(error).toMatchObject({ code: 'provider_configuration' })
    expect(String(error)).toContain('`mail`')
  })

  it('a taken port is named', async () => {
    const house = await openHouse()
    const second = await provider('')
    const error: unknown = await second
      .listen({ port: portOf(house) })
      .catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(IdentityProviderError)
    expect(error).toMatchObject({ code: 'address_in_use' })
  })
})

async function provider(clients: string): Promise<IdentityProvider> {
  const sealer = createSealer(randomBytes(32))
  const store = await openSqliteStore({ path: ':memory:', sealer })
  closing.push(async () => store.close())
  const parsed = parsePolicyDocument(
    `issuer: http://localhost:1\nlevels:\n  basic: { accepts: [password], lifetime: 12h }\n${clients}`,
  )
  if (!parsed.ok) throw new Error(parsed.problems[0]?.message)
  const opened = await createIdentityProvider({ document: parsed.document, store, sealer })
  closing.push(async () => opened.close())
  return opened
}

async function start(clients: string): Promise<unknown> {
  return provider(clients).catch((error: unknown) => error)
}

/** A store on disk that outlives the providers which use it. */
async function keptStore(): Promise<{
  store: Store
  sealer: ReturnType<typeof createSealer>
  keepStore: true
}> {
  const folder = await mkdtemp(join(tmpdir(), 'newel-test-'))
  const sealer = createSealer(randomBytes(32))
  const store = await openSqliteStore({ path: join(folder, 'newel.sqlite'), sealer })
  closing.push(async () => {
    await store.close()
    await rm(folder, { recursive: true })
  })
  return { store, sealer, keepStore: true }
}

function portOf(house: TestHouse): number {
  return Number(new URL(house.issuer).port)
}

function kidOf(token: unknown): unknown {
  const [header = ''] = String(token).split('.')
  return (JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid?: unknown }).kid
}

function sessionCookie(visitor: Visitor): string | undefined {
  return visitor.cookies.get('newel-session /')?.value
}

describe('a store that fails', () => {
  it('is told as temporary, on a page with a reference, and nothing fails open', async () => {
    const kept = await keptStore()
    const house = await openHouse(kept)
    const ada = await house.addPerson('ada')
    const visitor = house.visitor()
    const { page } = await ask(house, visitor, {})
    const { accounts } = kept.store
    vi.spyOn(accounts, 'byUsername').mockRejectedValue(new StoreError('store_locked', 'busy'))
    const refused = await visitor.submit(page, { username: 'ada', password: ada.password })
    expect([refused.status, refused.page]).toEqual([503, 'error'])
    expect(refused.headers.get('content-security-policy')).toContain("default-src 'none'")
    vi.restoreAllMocks()
    const answered = await visitor.submit(page, { username: 'ada', password: ada.password })
    expect(outcome(answered)).toBe('code')
  })
})

describe('a factor that was removed', () => {
  it('no longer holds a level in sessions that are open, nor in refreshed tokens', async () => {
    const house = await openHouse()
    const ada = await house.addPerson('ada', { totp: true })
    const visitor = house.visitor()
    const tokens = await journey(house, visitor, ada, { acr_values: 'mfa' })
    const credentials = await house.store.credentials.forAccount(ada.accountId)
    const totp = credentials.find(({ method }) => method === 'totp')
    await house.store.credentials.remove(totp?.id ?? '')
    const refreshed = await requestTokens(house, {
      grant_type: 'refresh_token',
      client_id: 'web',
      refresh_token: String(tokens.raw.refresh_token),
      resource,
    })
    expect(refreshed.accessToken.acr).toBe('basic')
    expect((await ask(house, visitor, { acr_values: 'mfa' })).page.page).toBe('unreachable')
  })
})

describe('closing', () => {
  it('does not wait for a connection on which nothing was ever asked', async () => {
    const house = await openHouse()
    const socket = connect(portOf(house), 'localhost')
    await new Promise((resolve) => socket.once('connect', resolve))
    const ended = new Promise((resolve) => socket.once('close', resolve))
    await house.provider.close()
    await ended
  })
})
