import type { Server } from 'node:http'
import type { Browser, Page } from '@playwright/test'
import express, { type ErrorRequestHandler } from 'express'
import openidConnect from 'express-openid-connect'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestHouse, type TestPerson, freePort } from '@newel/testing/house'
import { clientSecret, openForeignHouse } from './foreign-house.ts'
import { cancel, giveCode, giveLogin, openBrowser } from './person-in-browser.ts'
import { closeServer } from './static-pages.ts'

let house: TestHouse
let server: Server
let origin: string
let browser: Browser

beforeAll(async () => {
  const port = await freePort()
  origin = `http://localhost:${port}`
  house = await openForeignHouse({
    type: 'confidential',
    redirectUris: [`${origin}/callback`],
  })
  const app = express()
  app.use(
    openidConnect.auth({
      issuerBaseURL: house.issuer,
      baseURL: origin,
      clientID: 'foreign',
      clientSecret,
      secret: 'a-secret-of-the-cookie-of-the-app-0001',
      idTokenSigningAlg: 'ES256',
      authRequired: false,
      authorizationParams: { response_type: 'code', scope: 'openid accounts' },
    }),
  )
  app.get('/profile', (request, response) => {
    response.json(request.oidc.idTokenClaims ?? {})
  })
  app.get('/pay', async (request, response) => {
    if (request.oidc.idTokenClaims?.acr === 'mfa') {
      response.json({ paid: true })
      return
    }
    await response.oidc.login({
      returnTo: '/pay',
      authorizationParams: { acr_values: 'mfa', max_age: 600 },
    })
  })
  const refuse: ErrorRequestHandler = (
    error: Record<string, unknown>,
    _request,
    response,
    _next,
  ) => {
    response.status(Number(error.status ?? 500)).json({ error: error.error ?? 'unknown' })
  }
  app.use(refuse)
  server = app.listen(port, 'localhost')
  await new Promise((resolve) => server.once('listening', resolve))
  browser = await openBrowser()
})

afterAll(async () => {
  await browser.close()
  await closeServer(server)
  await house.close()
})

async function json(page: Page): Promise<unknown> {
  await page.waitForURL((url) => url.origin === origin)
  return JSON.parse(await page.locator('body').innerText())
}

async function loggedIn(person: TestPerson): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  await page.goto(`${origin}/login`)
  await giveLogin(page, person)
  await page.waitForURL((url) => url.origin === origin)
  await page.goto(`${origin}/profile`)
  expect(await json(page)).toMatchObject({ sub: person.accountId, acr: 'basic', amr: ['pwd'] })
  return page
}

describe('express-openid-connect', () => {
  it('logs in, then steps up before it pays', async () => {
    const ada = await house.addPerson('ada', { totp: true })
    const page = await loggedIn(ada)
    await page.goto(`${origin}/pay`)
    await giveCode(page, ada)
    expect(await json(page)).toEqual({ paid: true })
    await page.goto(`${origin}/profile`)
    expect(await json(page)).toMatchObject({ sub: ada.accountId, acr: 'mfa' })
    await page.context().close()
  })

  it('is told of a cancelled step-up, does not pay, and has its session as before', async () => {
    const ben = await house.addPerson('ben', { totp: true })
    const page = await loggedIn(ben)
    await page.goto(`${origin}/pay`)
    await cancel(page)
    expect(await json(page)).toEqual({ error: 'access_denied' })
    await page.goto(`${origin}/profile`)
    expect(await json(page)).toMatchObject({ sub: ben.accountId, acr: 'basic' })
    await page.context().close()
  })
})
