import type { AddressInfo } from 'node:net'
import type { Server } from 'node:http'
import express, { type ErrorRequestHandler } from 'express'
import { auth, claimEquals } from 'express-oauth2-jwt-bearer'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMemoryTokenStore, createNodeClient } from '@newel/client/node'
import {
  type TestHouse,
  type TestPerson,
  type Visitor,
  answerPages,
  authorizationRequest,
  openTestHouse,
  redeem,
} from '@newel/testing/house'

let house: TestHouse
let ada: TestPerson
let visitor: Visitor
let api: Server

const resource = 'https://api.test'

beforeAll(async () => {
  house = await openTestHouse(
    ({ issuer, redirectUri }) => `
issuer: ${issuer}
levels:
  basic: { accepts: [password], lifetime: 12h }
  mfa: { accepts: [password + totp], lifetime: 15m }
resources:
  - { id: '${resource}', name: API, scopes: { accounts: Read accounts } }
clients:
  - { id: web, type: spa, redirectUris: ['${redirectUri}'], default: basic, resources: ['${resource}'], scopes: [openid, accounts] }
  - { id: cli, type: public, redirectUris: ['http://127.0.0.1/callback'], default: basic, resources: ['${resource}'], scopes: [openid, accounts] }
`,
  )
  ada = await house.addPerson('ada', { totp: true })
  visitor = house.visitor()
  const app = express()
  app.use(
    auth({
      issuerBaseURL: house.issuer,
      audience: resource,
      tokenSigningAlg: 'ES256',
      strict: true,
    }),
  )
  app.get('/accounts', (_request, response) => {
    response.json({ ok: true })
  })
  app.get('/payment-details', claimEquals('acr', 'mfa'), (_request, response) => {
    response.json({ ok: true })
  })
  const refuse: ErrorRequestHandler = (error: { status?: number }, _request, response, _next) => {
    response.status(error.status ?? 500).end()
  }
  app.use(refuse)
  api = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => api.once('listening', resolve))
})

afterAll(async () => {
  await new Promise((resolve) => api.close(resolve))
  await house.close()
})

async function accessToken(parameters: Readonly<Record<string, string>>): Promise<string> {
  const attempt = authorizationRequest(house, {
    client_id: 'web',
    resource,
    scope: 'openid accounts',
    ...parameters,
  })
  const { page } = await answerPages(visitor, await visitor.get(attempt.url), ada)
  return String((await redeem(house, 'web', attempt, page)).raw.access_token)
}

async function call(path: string, token: string): Promise<number> {
  const { port } = api.address() as AddressInfo
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  return response.status
}

describe('express-oauth2-jwt-bearer, an API library that knows nothing of Newel', () => {
  it('accepts the access token, and reads the level that it names', async () => {
    const basic = await accessToken({})
    expect([await call('/accounts', basic), await call('/payment-details', basic)]).toEqual([
      200, 401,
    ])
    const mfa = await accessToken({ acr_values: 'mfa' })
    expect([await call('/accounts', mfa), await call('/payment-details', mfa)]).toEqual([200, 200])
  })

  it('sends no challenge, so our client asks for the level by itself, and then passes', async () => {
    const ben = await house.addPerson('ben', { totp: true })
    const browser = house.visitor()
    const origin = `http://127.0.0.1:${(api.address() as AddressInfo).port}`
    const asked: string[] = []
    const client = createNodeClient({
      issuer: house.issuer,
      clientId: 'cli',
      scope: 'accounts',
      resource,
      apiOrigins: [origin],
      tokens: createMemoryTokenStore(),
      open: (url) => {
        void answer(browser, url, ben, asked)
      },
    })
    await client.login()
    expect((await client.fetch(`${origin}/payment-details`)).status).toBe(401)
    expect(asked).toEqual(['login:password'])
    expect(await client.stepUp({ acr: 'mfa' })).toMatchObject({ acr: 'mfa' })
    expect(asked).toEqual(['login:password', 'step-up:totp'])
    expect((await client.fetch(`${origin}/payment-details`)).status).toBe(200)
  })
})

/** A browser with a person at it, which ends at the page of the program that opened it. */
async function answer(
  browser: Visitor,
  url: string,
  person: TestPerson,
  asked: string[],
): Promise<void> {
  const answered = await answerPages(browser, await browser.get(url), person)
  asked.push(...answered.asked)
  let { page } = answered
  // A program on a machine asks leave the first time.
  if (page.page === 'consent') page = await browser.press(page, 'Continue')
  await fetch(page.url)
}
