import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fuzzed } from '@newel/testing/fuzz'
import { appOrigin, BffBank, type Browser, navigationHeaders, scriptHeaders } from './bff-bank.ts'
import { logoutClaims, logoutNotice, logoutTokenType } from './logout-notice.ts'

let bank: BffBank
let browser: Browser

beforeEach(async () => {
  bank = await BffBank.open()
  bank.provider.idTokenOverrides = { sid: 'session-1' }
  browser = await bank.loggedIn()
})

afterEach(async () => {
  await bank.close()
})

const json = fc.jsonValue({ maxDepth: 3 })
/** What a header may hold at all. */
const visible = fc.string({
  unit: fc.constantFrom(...Array.from('aZ09~.-_=+/%"<>{}:; ')),
  maxLength: 40,
})
const routes = ['login', 'step-up', 'callback', 'session', 'logout', 'back-channel-logout', 'call']

/** Statuses that tell of a request, and none of a failure here. */
async function statusOf(request: Request): Promise<number> {
  const answer = await browser.bff.handle(request)
  const status = answer?.status ?? 404
  expect(status).toBeLessThan(500)
  const location = answer?.headers.get('location')
  if (typeof location === 'string') {
    expect([appOrigin, bank.provider.issuer]).toContain(new URL(location, appOrigin).origin)
  }
  return status
}

async function isLoggedIn(): Promise<unknown> {
  return (await browser.session())['authenticated']
}

describe('what reaches a backend-for-frontend from outside', () => {
  it('at any route, with any query, is answered, and leads nowhere else', async () => {
    const names = fc.constantFrom('id', 'return_to', 'state', 'code', 'iss', 'error', 'acr_values')
    const values = fc.oneof(
      fc.constantFrom('//evil.example', 'https://evil.example/', '/\\evil.example', '/a', '', 'x'),
      fc.string(),
    )
    const property = fc.asyncProperty(
      fc.constantFrom(...routes),
      fc.array(fc.tuple(names, values), { maxLength: 5 }),
      fc.boolean(),
      async (route, pairs, isScript) => {
        const path = `/bff/${route}?${new URLSearchParams(pairs)}`
        const headers = isScript ? scriptHeaders() : navigationHeaders()
        await statusOf(browser.request(path, { headers }))
      },
    )
    await fc.assert(property, fuzzed(300))
  })

  it('with any cookies is nobody, or who it was', async () => {
    const names = [...browser.cookies.keys()]
    const good = [...browser.cookies.values()]
    const cut = fc.tuple(fc.constantFrom(...good), fc.nat(), visible).map(([value, at, put]) => {
      const where = at % value.length
      return value.slice(0, where) + put + value.slice(where + put.length)
    })
    const property = fc.asyncProperty(
      fc.constantFrom(...names, ...names.map((name) => `${name}.1`), 'other'),
      fc.oneof(cut, visible),
      fc.constantFrom('/bff/session', '/api/accounts', '/bff/callback?state=x&code=y'),
      async (name, value, path) => {
        const headers = scriptHeaders({ cookie: `${name}=${value}` })
        const answer = await browser.bff.handle(new Request(new URL(path, appOrigin), { headers }))
        expect(answer?.status).toBeLessThan(500)
        if (path !== '/bff/session') return
        const shown = (await answer?.json()) as { authenticated: boolean }
        if (shown.authenticated) expect(good).toContain(value)
      },
    )
    await fc.assert(property, fuzzed(300))
  })

  it('as a logout token that nobody, or the provider, signed ends what it names, and never fails', async () => {
    const claim = fc.constantFrom(
      'iss',
      'aud',
      'iat',
      'exp',
      'sid',
      'sub',
      'jti',
      'events',
      'nonce',
    )
    const changes = fc.dictionary(claim, json, { maxKeys: 3 })
    const junk = fc.oneof(
      visible,
      fc
        .array(
          json.map((value) => Buffer.from(JSON.stringify(value)).toString('base64url')),
          { maxLength: 5 },
        )
        .map((parts) => parts.join('.')),
    )
    const property = fc.asyncProperty(changes, junk, fc.uuid(), async (laid, text, jti) => {
      const good = logoutClaims(bank.provider, { jti, sid: 'session-2', sub: undefined })
      const signed = await bank.provider.sign({ ...good, ...laid }, { typ: logoutTokenType })
      for (const token of [signed, text]) {
        expect([200, 400]).toContain(await statusOf(logoutNotice(token)))
      }
      expect(await isLoggedIn()).toBe(laid['sub'] !== 'alice')
    })
    await fc.assert(property, fuzzed(150))
  })
})
