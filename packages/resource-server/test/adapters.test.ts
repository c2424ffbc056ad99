import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createResourceServer } from '@newel/resource-server'
import { apps } from './apps.ts'
import type { App } from './apps.ts'
import { setUpHarness } from './harness.ts'
import { startLocalIssuer, testAudience, testTime } from './local-issuer.ts'
import type { LocalIssuer } from './local-issuer.ts'
import { levelCases } from './level-cases.ts'
import { presentationCases } from './presentation-cases.ts'
import { send } from './send.ts'
import { tokenCases } from './token-cases.ts'

describe.each(Object.entries(apps))('%s', (_name, startApp) => {
  let issuer: LocalIssuer
  let app: App

  beforeAll(async () => {
    issuer = await startLocalIssuer()
    const api = await createResourceServer({
      issuer: issuer.issuer,
      audience: testAudience,
      allowInsecureIssuer: true,
      allowedOrigins: ['https://bank.example'],
      clock: () => testTime,
    })
    app = await startApp(api)
    await api.ready()
  })
  afterAll(async () => {
    await app.close()
    await issuer.close()
  })

  describe.each([
    ['presentation', presentationCases],
    ['token', tokenCases],
    ['requirement', levelCases],
  ] as const)('%s', (_group, cases) => {
    test.each(cases)('$title', async (each) => {
      const authorization = await each.authorization(issuer)
      const answer = await send(app.origin, each.path, {
        method: each.method ?? 'GET',
        authorization,
        json: each.json,
      })
      expect(answer.status).toBe(each.status)
      if (each.error !== undefined) expect(answer.body['error']).toBe(each.error)
      if (each.challenge !== undefined) {
        expect(answer.headers['www-authenticate'] ?? null).toBe(each.challenge)
      }
      if (each.status === 200) {
        expect(answer.body['subject']).toBeTypeOf('string')
        expect(answer.headers['www-authenticate']).toBeUndefined()
      }
    })
  })

  test('a one-shot token passes one `maxAge: 0`, and the second use gets a fresh challenge', async () => {
    const token = await issuer.sign({ acr: 'phr', auth_time: testTime, newel_one_shot: true })
    const call = { method: 'POST', authorization: `Bearer ${token}`, json: { amount: 5000 } }
    expect((await send(app.origin, '/transfers', call)).status).toBe(200)
    const second = await send(app.origin, '/transfers', call)
    expect(second.status).toBe(401)
    expect(second.body['error']).toBe('insufficient_user_authentication')
    expect(second.headers['www-authenticate']).toContain('max_age="0"')
  })

  test('a refusal is not stored, and scripts of other origins may read its challenge (Fetch, CORS-exposed headers)', async () => {
    const { headers } = await send(app.origin, '/admin', {
      headers: { origin: 'https://bank.example' },
    })
    expect(headers['cache-control']).toBe('no-store')
    expect(headers['access-control-allow-origin']).toBe('https://bank.example')
    expect(headers['access-control-expose-headers']).toContain('WWW-Authenticate')
    expect(headers['vary']).toContain('Origin')
  })

  test('an origin that is not listed is not named', async () => {
    const { headers } = await send(app.origin, '/admin', {
      headers: { origin: 'https://evil.example' },
    })
    expect(headers['access-control-allow-origin']).toBeUndefined()
    expect(headers['vary']).toContain('Origin')
  })

  test('a refusal is JSON that repeats neither token nor claims', async () => {
    const token = await issuer.sign({ acr: 'basic', sub: 'secret-person' })
    const { headers, body } = await send(app.origin, '/admin', { authorization: `Bearer ${token}` })
    expect(headers['content-type']).toContain('application/json')
    expect(Object.keys(body).toSorted()).toEqual(['error', 'error_description'])
    expect(JSON.stringify([headers, body])).not.toMatch(/secret-person|eyJ/)
  })

  test('a token longer than any is refused without work', async () => {
    const answer = await send(app.origin, '/admin', {
      authorization: `Bearer ${'a'.repeat(15_000)}`,
    })
    expect([400, 401, 431]).toContain(answer.status)
  })
})

describe.each(['Fastify', 'Express', 'Hono'])('%s', (name) => {
  const h = setUpHarness()

  test('headers that the application exposes stay exposed beside the challenge', async () => {
    const app = await apps[name]?.(h.api)
    const { headers } = await send(app?.origin ?? '', '/admin')
    expect(headers['access-control-expose-headers']).toBe('X-App, WWW-Authenticate, Retry-After')
    await app?.close()
  })
})

describe.each(['Fastify', 'Express'])('%s', (name) => {
  const h = setUpHarness()

  test('a handler that no guard protects fails where it asks for the verified token', async () => {
    const app = await apps[name]?.(h.api)
    const authorization = `Bearer ${await h.issuer.sign()}`
    expect((await send(app?.origin ?? '', '/unprotected', { authorization })).status).toBe(500)
    await app?.close()
  })
})
