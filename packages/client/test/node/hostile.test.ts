import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createNodeClient,
  type NodeClientOptions,
  type PersonLink,
  type TokenStore,
} from '../../src/node.ts'
import type { FixedClock } from '../fixed-clock.ts'
import { ScriptedApi } from '../scripted-api.ts'
import type { ScriptedProvider } from '../scripted-provider.ts'
import { failureOf, startServer } from './node-house.ts'
import { ScriptedHouse } from './scripted-house.ts'

let house: ScriptedHouse
let clock: FixedClock
let provider: ScriptedProvider
let api: ScriptedApi
let tokens: TokenStore

beforeEach(async () => {
  house = await ScriptedHouse.open()
  ;({ clock, provider, api, tokens } = house)
})
afterEach(() => house.close())

const client = (options?: Partial<NodeClientOptions>) => house.client(options)

async function steppingUp(options?: Partial<NodeClientOptions>) {
  const error = await failureOf(client(options).stepUp({ acr: 'mfa', maxAge: 300 }))
  return { error }
}

describe('a provider that answers something else', () => {
  it.each([
    ['a lower level', () => (provider.obeys = false), 'step_up_unmet'],
    ['another person', () => (provider.idTokenOverrides = { sub: 'eve' }), 'different_user'],
    ['an old proof', () => (provider.idTokenOverrides = { auth_time: 1 }), 'step_up_unmet'],
    [
      'no proof time',
      () => (provider.idTokenOverrides = { auth_time: undefined }),
      'step_up_unmet',
    ],
    [
      'a proof to come',
      () => (provider.idTokenOverrides = { auth_time: 1_900_000_000 }),
      'step_up_unmet',
    ],
    ['another nonce', () => (provider.idTokenOverrides = { nonce: 'x' }), 'response_invalid'],
    ['another audience', () => (provider.idTokenOverrides = { aud: 'other' }), 'response_invalid'],
    [
      'another issuer',
      () => (provider.responseIssuer = 'https://evil.example'),
      'response_invalid',
    ],
    ['a refusal', () => (provider.authorizationError = 'access_denied'), 'step_up_cancelled'],
    [
      'that it cannot',
      () => (provider.authorizationError = 'unmet_authentication_requirements'),
      'step_up_unmet',
    ],
    ['that it is broken', () => (provider.tokenStatus = 503), 'provider_unavailable'],
  ])('with %s leaves the tokens as they were (behaviours 17, 18, 61)', async (_, spoil, code) => {
    await client().login()
    const before = await tokens.read()
    spoil()
    expect((await steppingUp()).error).toMatchObject({ code })
    expect(await tokens.read()).toBe(before)
  })

  it.each([
    ['an endpoint without TLS', { token_endpoint: 'http://evil.example/token' }],
    ['a page of another scheme', { authorization_endpoint: 'file:///etc/passwd' }],
    ['a page of a script', { authorization_endpoint: ['javascript', 'alert(1)'].join(':') }],
    ['itself as another', { issuer: 'https://evil.example' }],
  ])('naming %s is not followed', async (_, metadata) => {
    provider.metadataOverrides = metadata
    const opened: string[] = []
    const open = async (url: string) => {
      opened.push(url)
      const answer = await fetch(url, { redirect: 'manual' })
      void fetch(answer.headers.get('location') ?? '')
    }
    expect(await failureOf(client({ open }).login())).toMatchObject({ code: 'response_invalid' })
    expect(opened.filter((url) => !url.startsWith(provider.issuer))).toEqual([])
  })
})

describe('an API that asks for what it should not', () => {
  it('of another origin gets no token, and is not heard (RFC 9470 §9)', async () => {
    await client().login()
    const other = await ScriptedApi.start()
    other.guards.set('/', { acr: ['mfa'], never: true })
    const response = await client().fetch(other.origin)
    await other.stop()
    expect(response.status).toBe(401)
    expect(other.calls.map(({ authorization }) => authorization)).toEqual([undefined])
    expect(provider.authorizationRequests).toHaveLength(1)
  })

  it('writes nothing on the terminal but text', async () => {
    await client().login()
    api.fixedChallenges.set(
      '/',
      'Bearer error="insufficient_user_authentication", acr_values="m\u009B2J"',
    )
    const links: PersonLink[] = []
    const show = (link: PersonLink) => {
      links.push(link)
      throw new Error('seen')
    }
    const shy = createNodeClient({
      issuer: provider.issuer,
      clientId: 'bank',
      apiOrigins: [api.origin],
      tokens,
      show,
      host: {
        fetch: (input, init) => fetch(input, init),
        now: () => clock.now,
        randomToken: () => 'random',
        wait: () => new Promise(() => {}),
      },
    })
    await shy.fetch(`${api.origin}/`).catch(() => undefined)
    expect(links.map(({ asks }) => /^[ -~]*$/.test(asks)).includes(false)).toBe(false)
  })

  it('may not be reached in the clear', () => {
    expect(() => client({ apiOrigins: ['http://api.example.com'] })).toThrow(/must be https/)
  })
})

describe('the loopback address', () => {
  it('takes one answer, with the state of the request, and shows no secret', async () => {
    let redirect = ''
    const pages: { status: number; text: string }[] = []
    const see = async (url: string, init?: RequestInit) => {
      const response = await fetch(url, init)
      pages.push({ status: response.status, text: await response.text() })
    }
    const open = async (url: string) => {
      const answer = await fetch(url, { redirect: 'manual' })
      redirect = answer.headers.get('location') ?? ''
      const { origin, searchParams } = new URL(redirect)
      await see(`${origin}/`)
      await see(`${origin}/callback?code=x&state=guessed`)
      await see(`${origin}/callback?error=access_denied`)
      await see(redirect, { method: 'POST' })
      void see(redirect)
      expect(origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
      expect(searchParams.get('code')).not.toBe('')
    }
    expect(await client({ open }).login()).toMatchObject({ subject: 'alice' })
    expect(pages.map(({ status }) => status)).toEqual([404, 400, 400, 404, 200])
    const code = new URL(redirect).searchParams.get('code') ?? ''
    expect(pages.map(({ text }) => text).join('')).not.toContain(code)
    await expect(fetch(redirect)).rejects.toThrow(TypeError)
  })

  it('is not given up to a page that rebinds its own name', async () => {
    const { request } = await import('node:http')
    const statuses: (number | undefined)[] = []
    const open = async (url: string) => {
      const answer = await fetch(url, { redirect: 'manual' })
      const location = answer.headers.get('location') ?? ''
      await new Promise<void>((resolve) => {
        request(location, { headers: { host: 'evil.example' } }, (response) => {
          statuses.push(response.statusCode)
          response.resume().on('end', resolve)
        }).end()
      })
      void fetch(location)
    }
    await client({ open }).login()
    expect(statuses).toEqual([404])
  })
})

describe('polling for a device (RFC 8628 §3.5)', () => {
  it('slows down when told, asks less of a provider that is away, and ends with the code', async () => {
    const answers = ['authorization_pending', 'slow_down', '503', 'authorization_pending']
    const waits: number[] = []
    const server = await startServer((request, _body, response) => {
      const json = (status: number, body: object) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      const origin = `http://${request.headers.host}`
      if (request.url === '/.well-known/openid-configuration') {
        return json(200, {
          issuer: origin,
          token_endpoint: `${origin}/token`,
          device_authorization_endpoint: `${origin}/device`,
        })
      }
      if (request.url === '/device') {
        return json(200, {
          device_code: 'secret',
          user_code: 'WDJB-MJHT',
          verification_uri: `${origin}/type`,
          expires_in: 60,
        })
      }
      const answer = answers.shift() ?? 'authorization_pending'
      return answer === '503' ? json(503, {}) : json(400, { error: answer })
    })
    const links: PersonLink[] = []
    const device = createNodeClient({
      issuer: server.origin,
      clientId: 'bank',
      apiOrigins: [],
      tokens,
      via: 'device',
      show: (link) => links.push(link),
      host: {
        fetch: (input, init) => fetch(input, init),
        now: () => clock.now,
        randomToken: () => 'random',
        wait: (milliseconds) => {
          waits.push(milliseconds / 1000)
          clock.now += milliseconds / 1000
          return Promise.resolve()
        },
      },
    })
    expect(await failureOf(device.login())).toMatchObject({ code: 'login_cancelled' })
    await server.close()
    expect(waits).toEqual([5, 5, 10, 20, 20])
    expect(links).toMatchObject([{ userCode: 'WDJB-MJHT', asks: 'Sign in.' }])
    expect(JSON.stringify(links)).not.toContain('secret')
  })
})

describe('a store', () => {
  it('with the tokens of another client is not used', async () => {
    await client().login()
    const other = client({ clientId: 'other' })
    expect(await failureOf(other.session())).toMatchObject({ code: 'store_unusable' })
  })

  it('that is damaged is not used, and a login mends it', async () => {
    await tokens.write('{"version":1')
    expect(await failureOf(client().fetch(api.origin))).toMatchObject({ code: 'store_unusable' })
    await client().login()
    expect((await client().fetch(api.origin)).status).toBe(200)
  })

  it('shared by two clients has its tokens refreshed once', async () => {
    await client().login()
    clock.now += 299
    const [one, two] = [client(), client()]
    await Promise.all([one.fetch(api.origin), two.fetch(api.origin)])
    const refreshes = provider.tokenRequests.filter(
      (request) => request.get('grant_type') === 'refresh_token',
    )
    expect(refreshes).toHaveLength(1)
  })
})
