import { createServer, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { appOrigin, BffBank, Browser } from './bff-bank.ts'
import { ScriptedProvider } from '../scripted-provider.ts'
import { logoutClaims, logoutEvent, logoutNotice, logoutTokenType } from './logout-notice.ts'

let bank: BffBank

beforeEach(async () => {
  bank = await BffBank.open()
  bank.provider.idTokenOverrides = { sid: 'session-1' }
})

afterEach(async () => {
  await bank.close()
})

const claims = (changes: Readonly<Record<string, unknown>> = {}) =>
  logoutClaims(bank.provider, changes)

async function tell(browser: Browser, token: string): Promise<number> {
  const answer = await browser.bff.handle(logoutNotice(token))
  expect(answer?.headers.get('cache-control')).toBe('no-store')
  return answer?.status ?? 0
}

const typ = logoutTokenType

describe.each(['cookie', 'store'] as const)(
  'a logout at the provider, sessions in the %s',
  (sessions) => {
    it('ends the session of its `sid` and no other (Back-Channel Logout §2.7)', async () => {
      const browser = await bank.loggedIn({ sessions })
      bank.provider.idTokenOverrides = { sid: 'session-2' }
      const other = new Browser(browser.bff)
      await other.logIn()
      expect(await tell(browser, await bank.provider.sign(claims(), { typ }))).toBe(200)
      expect(await browser.session()).toEqual({ authenticated: false })
      expect(await other.session()).toMatchObject({ authenticated: true })
    })

    it('without a `sid` ends all sessions of the subject that had begun, and none that begins later', async () => {
      const browser = await bank.loggedIn({ sessions })
      const token = await bank.provider.sign(claims({ sid: undefined }), { typ })
      expect(await tell(browser, token)).toBe(200)
      expect(await browser.session()).toEqual({ authenticated: false })
      bank.clock.advance(1)
      await browser.logIn()
      expect(await browser.session()).toMatchObject({ authenticated: true })
    })
  },
)

describe('a logout token', () => {
  it.each<[string, Record<string, unknown>, Record<string, string>]>([
    ['of another type (§2.6)', {}, { typ: 'JWT' }],
    ['of another issuer', { iss: 'https://evil.example' }, { typ }],
    ['for another client', { aud: 'other' }, { typ }],
    ['without the event', { events: { other: {} } }, { typ }],
    ['with an event that is no object', { events: { [logoutEvent]: 1 } }, { typ }],
    ['with a nonce (§2.4)', { nonce: 'n' }, { typ }],
    ['of nobody', { sub: undefined, sid: undefined }, { typ }],
    ['without a time', { iat: undefined }, { typ }],
    ['of long ago', { iat: 1, exp: undefined }, { typ }],
    ['that has expired', { exp: 1_799_999_000 }, { typ }],
    ['without an id', { jti: undefined }, { typ }],
  ])('%s ends nothing', async (_name, changes, header) => {
    const browser = await bank.loggedIn()
    expect(await tell(browser, await bank.provider.sign(claims(changes), header))).toBe(400)
    expect(await browser.session()).toMatchObject({ authenticated: true })
  })

  it('signed by another, unsigned or absent ends nothing', async () => {
    const browser = await bank.loggedIn()
    const other = await ScriptedProvider.start(bank.clock)
    expect(await tell(browser, await other.sign(claims(), { typ }))).toBe(400)
    await other.stop()
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    expect(await tell(browser, `${part({ alg: 'none', typ })}.${part(claims())}.`)).toBe(400)
    expect(await tell(browser, '')).toBe(400)
    expect(await browser.session()).toMatchObject({ authenticated: true })
  })

  it('counts once', async () => {
    const browser = await bank.loggedIn()
    const token = await bank.provider.sign(claims(), { typ })
    expect(await tell(browser, token)).toBe(200)
    expect(await tell(browser, token)).toBe(400)
  })

  it('is asked for again while the keys cannot be had', async () => {
    const browser = await bank.loggedIn()
    const token = await bank.provider.sign(claims(), { typ })
    const bff = bank.bff({
      host: {
        fetch: (url, init) =>
          url.endsWith('/jwks') ? Promise.reject(new TypeError('gone')) : fetch(url, init),
      },
    })
    expect(await tell(new Browser(bff, browser.cookies), token)).toBe(503)
  })
})

describe('the proxy', () => {
  let seen: IncomingMessage[]
  let target: string
  let stop: () => Promise<unknown>

  beforeEach(async () => {
    seen = []
    const server = createServer((request, response) => {
      seen.push(request)
      const headers = {
        'set-cookie': '__Host-newel-bff-session=planted; Path=/; Secure',
        'clear-site-data': '"cookies"',
        'access-control-allow-origin': '*',
        'x-total': '7',
      }
      if (request.url?.startsWith('/v1/moved') === true) {
        response.writeHead(302, { ...headers, location: 'https://evil.example/' }).end()
      } else response.writeHead(200, headers).end('answer')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    stop = () => {
      server.closeAllConnections()
      server.close()
      return once(server, 'close')
    }
  })

  afterEach(async () => {
    await stop()
  })

  async function proxied(): Promise<Browser> {
    const bff = bank.bff({ apiOrigins: [bank.api.origin, target], proxiedBodyBytes: 100 })
    bff.proxy('/v1/*', `${target}/v1`, { forwardHeaders: ['x-tab'] })
    const browser = new Browser(bff)
    await browser.logIn()
    return browser
  }

  it('passes on what an API may be told, and nothing that it would trust (66)', async () => {
    const browser = await proxied()
    const answer = await browser.script('/v1/accounts/1?page=2', {
      headers: {
        accept: 'application/json',
        authorization: 'Bearer forged',
        'x-user': 'root',
        'x-forwarded-for': '10.0.0.1',
        'x-tab': '3',
      },
    })
    expect(answer.status).toBe(200)
    const [call] = seen
    expect(call?.url).toBe('/v1/accounts/1?page=2')
    expect(call?.headers).toMatchObject({ accept: 'application/json', 'x-tab': '3' })
    expect(call?.headers.authorization).not.toContain('forged')
    for (const name of ['cookie', 'x-user', 'x-forwarded-for', 'origin', 'referer']) {
      expect(call?.headers).not.toHaveProperty(name)
    }
  })

  it('keeps from the page what speaks for the origin', async () => {
    const browser = await proxied()
    const answer = await browser.script('/v1/accounts')
    expect(answer.headers.get('x-total')).toBe('7')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.getSetCookie()).toEqual([])
    expect(answer.headers.get('clear-site-data')).toBeNull()
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('follows no redirect with the token', async () => {
    const answer = await (await proxied()).script('/v1/moved')
    expect(answer.status).toBe(302)
    expect(seen).toHaveLength(1)
  })

  it.each([
    '/v1/../admin',
    '/v1/%2e%2e/admin',
    '/v1/..%2fadmin',
    '/v1/%2e%2e%2fadmin',
    '/v1/%252e%252e/admin',
  ])('does not leave its target by %s', async (path) => {
    const browser = await proxied()
    await browser.script(path).catch(() => undefined)
    expect(seen.filter(({ url }) => url?.includes('admin'))).toEqual([])
  })

  it('takes no body that is too long', async () => {
    const browser = await proxied()
    const init = { method: 'POST', body: 'x'.repeat(101), headers: { origin: appOrigin } }
    const answer = await browser.script('/v1/accounts', init)
    expect(answer.status).toBe(413)
    expect(seen).toHaveLength(0)
  })

  it('answers 502 where the API cannot be reached', async () => {
    const browser = await proxied()
    await stop()
    const answer = await browser.script('/v1/accounts')
    expect([answer.status, await answer.json()]).toEqual([502, { error: 'api_unavailable' }])
    stop = async () => undefined
  })
})
