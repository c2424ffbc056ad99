import { type RunningNext, freePort, startNext } from '@newel/testing/next'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startLocalIssuer } from './local-issuer.ts'
import type { LocalIssuer } from './local-issuer.ts'

let issuer: LocalIssuer
let app: RunningNext
let origin: string

beforeAll(async () => {
  issuer = await startLocalIssuer()
  const port = await freePort()
  origin = `http://localhost:${port}`
  app = await startNext(new URL('./next-app', import.meta.url), port, {
    NEWEL_TEST_ISSUER: issuer.issuer,
  })
}, 180_000)

afterAll(async () => {
  await app.close()
  await issuer.close()
})

async function put(acr: string | undefined, amount: number): Promise<Response> {
  // The server runs by the system's clock.
  const now = Math.floor(Date.now() / 1000)
  const times = { iat: now, exp: now + 300, auth_time: now }
  return fetch(`${origin}/details`, {
    method: 'PUT',
    headers: {
      'content-type': 'application/json',
      ...(acr !== undefined && {
        authorization: `Bearer ${await issuer.sign({ acr, ...times })}`,
      }),
    },
    body: JSON.stringify({ amount }),
  })
}

describe('a route handler of Next.js, built and started', () => {
  test('is held to its requirement, and reads the body that the requirement has read', async () => {
    const allowed = await put('mfa', 10)
    expect(allowed.status).toBe(200)
    expect(await allowed.json()).toEqual({ subject: 'user-1', amount: 10 })
  })

  test('answers a challenge where the level is missing', async () => {
    const refused = await put('mfa', 1000)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toContain('acr_values="phr"')
    expect(refused.headers.get('cache-control')).toBe('no-store')
    expect((await put('phr', 1000)).status).toBe(200)
  })

  test('asks for a token where there is none', async () => {
    const refused = await put(undefined, 10)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toBe('Bearer')
  })
})
