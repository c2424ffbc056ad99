import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { protect } from '@newel/resource-server/hono'
import { setUpHarness } from './harness.ts'

const h = setUpHarness()

test('on Hono a refusal keeps what middleware before it has put on the answer', async () => {
  const app = new Hono()
  app.use('/named/*', async (c, next) => {
    c.header('X-Request-Id', '7')
    c.header('Vary', 'Accept')
    await next()
  })
  app.get('*', protect(h.api.require({ acr: 'mfa' })), (c) => c.json({}))
  const named = await app.request('/named/details')
  const plain = await app.request('/details')
  for (const answer of [named, plain]) {
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    expect(answer.headers.get('content-type')).toContain('application/json')
    expect(await answer.json()).toMatchObject({ error: 'token_required' })
  }
  expect(named.headers.get('x-request-id')).toBe('7')
  expect(named.headers.get('vary')).toContain('Accept')
  expect(plain.headers.has('x-request-id')).toBe(false)
})
