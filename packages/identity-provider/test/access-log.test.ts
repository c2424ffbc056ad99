import { randomBytes } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type IdentityProvider,
  type Sealer,
  createIdentityProvider,
  createSealer,
  openSqliteStore,
} from '@newel/identity-provider'
import { type TestHouse, authorizationRequest } from '@newel/testing/house'
import { clientSecrets, journey, openStepUpHouse } from './step-up-house.ts'

interface Line {
  readonly requestId: string
  readonly method: string
  readonly route: string
  readonly status?: number
  readonly aborted?: true
  readonly milliseconds: number
  readonly bytes: number
  readonly address: string
  readonly clientId?: string
}

let house: TestHouse
let sealer: Sealer
let provider: IdentityProvider
let lines: Line[]
/** Holds every answer back that needs the store. */
let stalled: { readonly until: Promise<void> } | undefined

/** The house again, under a log; `trusted`: its proxies. */
async function open(trusted: readonly string[] = []): Promise<void> {
  lines = []
  stalled = undefined
  const keep = (fields: object, message: string): void => {
    if (message === 'request') lines.push(fields as Line)
  }
  provider = await createIdentityProvider({
    document: house.document,
    store: {
      ...house.store,
      artifacts: {
        ...house.store.artifacts,
        async find(...asked) {
          await stalled?.until
          return house.store.artifacts.find(...asked)
        },
      },
    },
    sealer,
    clientSecrets,
    trustedProxies: trusted,
    logger: { info: keep, warn: keep, error: keep },
  })
  await provider.listen({ port: Number(new URL(house.issuer).port) })
}

beforeEach(async () => {
  sealer = createSealer(randomBytes(32))
  house = await openStepUpHouse({
    sealer,
    store: await openSqliteStore({ path: ':memory:', sealer }),
  })
  await house.provider.close()
})
afterEach(async () => {
  await provider.close()
  await house.close()
})

async function lineOf(path: string, init?: RequestInit): Promise<Line | undefined> {
  const answer = await fetch(new URL(path, house.issuer), { redirect: 'manual', ...init })
  await answer.arrayBuffer()
  const id = answer.headers.get('x-request-id')
  await expect.poll(() => lines.find(({ requestId }) => requestId === id)).toBeDefined()
  return lines.find(({ requestId }) => requestId === id)
}

describe('the access log', () => {
  it('has one line for each request, by the pattern of its route', async () => {
    await open()
    const ada = await house.addPerson('ada', { totp: true })
    await journey(house, house.visitor(), ada, { acr_values: 'mfa' })
    await expect.poll(() => lines.at(-1)?.route).toBe('/token')
    expect(
      lines.map(({ method, route, status, clientId }) => [method, route, status, clientId]),
    ).toEqual([
      ['GET', '/authorize', 303, 'web'],
      ['GET', '/interaction/:uid', 200, 'web'],
      ['POST', '/interaction/:uid', 303, 'web'],
      ['GET', '/authorize/:uid', 303, 'web'],
      ['GET', '/interaction/:uid', 200, 'web'],
      ['POST', '/interaction/:uid', 303, 'web'],
      ['GET', '/authorize/:uid', 303, 'web'],
      ['POST', '/token', 200, 'web'],
    ])
    expect(new Set(lines.map(({ requestId }) => requestId)).size).toBe(lines.length)
    for (const { bytes, milliseconds, address } of lines) {
      expect(bytes).toBeGreaterThan(100)
      expect(milliseconds).toBeGreaterThan(0)
      expect(address).toMatch(/^(?:::1|127\.0\.0\.1)$/)
    }
  })

  it('calls what nothing answers by one word, whatever was asked for', async () => {
    await open()
    for (const path of ['/a/secret?code=x', '/interaction', '/token/more', '/%zz']) {
      expect(await lineOf(path)).toMatchObject({ route: 'other' })
    }
    expect(await lineOf('/assets/none.css')).toMatchObject({ route: 'other', status: 404 })
  })

  it('calls the files of the pages by one route', async () => {
    await open()
    const visitor = house.visitor()
    const { url } = authorizationRequest(house, { client_id: 'web' })
    const page = await visitor.get(url)
    const file = /href="([^"]+\.css)"/.exec(page.html)?.[1] ?? ''
    expect(await lineOf(file)).toMatchObject({ route: '/assets/*', status: 200 })
  })

  it('names only clients that exist', async () => {
    await open()
    const refused = await lineOf('/token', {
      method: 'POST',
      body: new URLSearchParams({ client_id: 'made-up', grant_type: 'refresh_token' }),
    })
    expect(refused).toMatchObject({ route: '/token', status: 401 })
    expect(refused).not.toHaveProperty('clientId')
  })

  it('says so where whoever asked went away before the answer', async () => {
    await open()
    let goOn = (): void => {}
    const until = new Promise<void>((resolve) => {
      goOn = resolve
    })
    stalled = { until }
    const { hostname, port } = new URL(house.issuer)
    const path = '/token'
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const asking = httpRequest({ hostname, port, method: 'POST', path, headers })
    asking.on('error', () => {})
    asking.end('grant_type=refresh_token&client_id=web&refresh_token=x')
    await expect.poll(() => asking.writableFinished).toBe(true)
    asking.destroy()
    await expect.poll(() => lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ method: 'POST', aborted: true })
    expect(lines[0]).not.toHaveProperty('status')
    goOn()
  })
})

describe('the id of a request', () => {
  it('is that of a trusted proxy, and stands on the error page', async () => {
    await open(['127.0.0.1', '::1'])
    const asked = { 'x-forwarded-for': '192.0.2.7', 'x-request-id': 'proxy-id-1234' }
    const answer = await fetch(new URL('/interaction/none', house.issuer), { headers: asked })
    expect(answer.headers.get('x-request-id')).toBe('proxy-id-1234')
    expect(await answer.text()).toContain('proxy-id-1234')
    await expect.poll(() => lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ requestId: 'proxy-id-1234', address: '192.0.2.7' })
  })

  it.each([
    ['nobody that is trusted', [], 'proxy-id-1234'],
    ['a trusted proxy, and is none', ['127.0.0.1', '::1'], 'a b\tc <script>'],
  ] as const)('is made here where it comes from %s', async (_from, trusted, id) => {
    await open(trusted)
    const answer = await fetch(new URL('/jwks.json', house.issuer), {
      headers: { 'x-forwarded-for': '192.0.2.7', 'x-request-id': id },
    })
    expect(answer.headers.get('x-request-id')).toMatch(/^[\w-]{16}$/)
    expect(answer.headers.get('x-request-id')).not.toBe(id)
  })

  it('stands on the protocol’s error page too', async () => {
    await open()
    const answer = await fetch(new URL('/authorize?client_id=none', house.issuer))
    expect(await answer.text()).toContain(answer.headers.get('x-request-id'))
  })
})
