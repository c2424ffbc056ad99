import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type IdentityProvider,
  type ProviderMetrics,
  createIdentityProvider,
  createProviderMetrics,
  createSealer,
  openSqliteStore,
} from '@newel/identity-provider'
import type { TestHouse } from '@newel/testing/house'
import { ask, clientSecrets, openStepUpHouse } from './step-up-house.ts'

let house: TestHouse
let provider: IdentityProvider
let metrics: ProviderMetrics
/** Set: whatever needs the store waits until it is called. */
let release: (() => void) | undefined
let held: Promise<void> | undefined

beforeEach(async () => {
  const sealer = createSealer(randomBytes(32))
  const store = await openSqliteStore({ path: ':memory:', sealer })
  house = await openStepUpHouse({ sealer, store })
  await house.provider.close()
  metrics = createProviderMetrics({ nodeMetrics: false })
  held = undefined
  provider = await createIdentityProvider({
    document: house.document,
    store: {
      ...store,
      artifacts: {
        ...store.artifacts,
        async find(...asked) {
          await held
          return store.artifacts.find(...asked)
        },
      },
    },
    sealer,
    clientSecrets,
    metrics,
    // A machine that is busy with other tests is not the one whose lag is meant.
    overload: { requestsInFlight: 200, loopLagMilliseconds: Infinity },
  })
  await provider.listen({ port: Number(new URL(house.issuer).port) })
})
afterEach(async () => {
  release?.()
  await provider.close()
  await house.close()
})

function hold(): void {
  held = new Promise((resolve) => {
    release = resolve
  })
}

async function inFlight(): Promise<number> {
  const { body } = await metrics.text()
  return Number(/^newel_requests_in_flight (\d+)$/m.exec(body)?.[1])
}

describe('a provider with more requests than it can answer', () => {
  it('refuses the excess at once with 503 and when to come back, and answers what it took in', async () => {
    const visitor = house.visitor()
    const { page } = await ask(house, visitor, {})
    hold()
    const waiting = Array.from({ length: 200 }, async () => visitor.get(page.url))
    await expect.poll(inFlight).toBe(200)
    const refused = await fetch(new URL('/jwks.json', house.issuer))
    expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toEqual([
      503,
      '2',
      { error: 'temporarily_unavailable' },
    ])
    expect(refused.headers.get('x-request-id')).toMatch(/^[\w-]{16}$/)
    const shown = await fetch(page.url, {
      headers: { accept: 'text/html', 'accept-language': 'de' },
    })
    expect([shown.status, shown.headers.get('retry-after')]).toEqual([503, '2'])
    expect(shown.headers.get('content-security-policy')).toContain("default-src 'none'")
    const text = await shown.text()
    expect(text).toContain('lang="de"')
    expect(text).toContain(shown.headers.get('x-request-id'))
    expect((await metrics.text()).body).toContain('newel_requests_shed_total{reason="in_flight"} 2')
    release?.()
    for (const { status } of await Promise.all(waiting)) expect(status).toBe(200)
    await expect.poll(inFlight).toBe(0)
  })

  it('is not ready while it refuses', async () => {
    const visitor = house.visitor()
    const { page } = await ask(house, visitor, {})
    expect(await provider.readiness()).toEqual({ notReady: [] })
    hold()
    const waiting = Array.from({ length: 200 }, async () => visitor.get(page.url))
    await expect.poll(inFlight).toBe(200)
    await fetch(new URL('/jwks.json', house.issuer))
    expect(await provider.readiness()).toEqual({ notReady: ['overloaded'] })
    release?.()
    await Promise.all(waiting)
  })

  it('gives a place free for whoever went away', async () => {
    hold()
    const leaving = new AbortController()
    const asked = Array.from({ length: 10 }, async () =>
      fetch(new URL('/token', house.issuer), {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          client_id: 'web',
          refresh_token: 'x',
        }),
        signal: leaving.signal,
      }),
    )
    await expect.poll(inFlight).toBe(10)
    leaving.abort()
    await Promise.allSettled(asked)
    await expect.poll(inFlight).toBe(0)
  })
})

describe('a provider with more passwords than it can hash', () => {
  it('answers the excess at once with a page that says so, 503, and counts no failure', async () => {
    const pages = []
    for (let one = 0; one < 150; one += 1) {
      const visitor = house.visitor()
      pages.push({ visitor, page: (await ask(house, visitor, {})).page, username: `nobody${one}` })
    }
    const answers = await Promise.all(
      pages.map(async ({ visitor, page, username }) =>
        visitor.submit(page, { username, password: 'wrong password' }),
      ),
    )
    const busy = answers.filter(({ status }) => status === 503)
    expect(busy.length).toBeGreaterThan(0)
    expect(busy.length + answers.filter(({ status }) => status === 422).length).toBe(150)
    for (const page of busy) {
      expect([page.page, page.headers.get('retry-after')]).toEqual(['login', '2'])
    }
  })
})
