import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { expect, test } from 'vitest'
import { protect } from '@newel/resource-server/hono'
import { setUpHarness } from './harness.ts'

const h = setUpHarness()

function appBehindCors(): Hono {
  const app = new Hono()
  app.use(
    cors({
      origin: 'https://bank.example',
      allowHeaders: ['authorization'],
      exposeHeaders: ['X-App'],
    }),
  )
  app.use(protect(h.api.require({ acr: 'mfa' })))
  app.get('/', (c) => c.text('in'))
  return app
}

const origin = 'https://bank.example'

test('a CORS layer mounted before the guard answers the pre-flight, which carries no token', async () => {
  const answer = await appBehindCors().request('/', {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    },
  })
  expect(answer.status).toBe(204)
  expect(answer.headers.get('access-control-allow-headers')).toBe('authorization')
})

test('behind a CORS layer, the challenge is exposed beside what the application exposes', async () => {
  const answer = await appBehindCors().request('/', { headers: { origin } })
  expect(answer.status).toBe(401)
  expect(answer.headers.get('www-authenticate')).toBe('Bearer')
  expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
  expect(answer.headers.get('access-control-expose-headers')).toBe(
    'X-App, WWW-Authenticate, Retry-After',
  )
})
