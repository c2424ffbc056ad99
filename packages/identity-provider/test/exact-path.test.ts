import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestHouse, openTestHouse } from '@newel/testing/house'

let house: TestHouse
beforeAll(async () => {
  house = await openTestHouse(
    ({ issuer, redirectUri }) => `
issuer: ${issuer}
levels:
  basic: { accepts: [password], lifetime: 12h }
registration: { initialAccessToken: { env: TOKEN }, redirectOrigins: ['http://localhost:9'] }
clients:
  - { id: web, redirectUris: ['${redirectUri}'] }
  - { id: cli, type: public, deviceFlow: true }
`,
    { registrationToken: 'initial-access-token-of-the-operator' },
  )
})
afterAll(async () => house.close())

async function statusOf(path: string, method: string): Promise<number> {
  const answer = await fetch(new URL(path, house.issuer), { method, redirect: 'manual' })
  return answer.status
}

describe('an address of the protocol', () => {
  // What limits guesses, keeps posted requests and judges opaque tokens anew goes by the path.
  it.each([
    ['/authorize', 'GET'],
    ['/authorize', 'POST'],
    ['/token', 'POST'],
    ['/introspect', 'POST'],
    ['/revoke', 'POST'],
    ['/par', 'POST'],
    ['/device', 'GET'],
    ['/device', 'POST'],
    ['/device_authorization', 'POST'],
    ['/register', 'POST'],
    ['/userinfo', 'GET'],
    ['/logout', 'GET'],
    ['/jwks.json', 'GET'],
  ])('%s (%s) has one spelling', async (path, method) => {
    expect(await statusOf(path, method)).not.toBe(404)
    const capital = path.replace(/[a-z]/, (letter) => letter.toUpperCase())
    const others = [`${path}/`, path.toUpperCase(), capital, `${capital}/`]
    for (const other of others) expect([other, await statusOf(other, method)]).toEqual([other, 404])
  })
})
