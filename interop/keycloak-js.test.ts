import type { Browser, Page } from '@playwright/test'
import type Keycloak from 'keycloak-js'
import type { KeycloakLoginOptions } from 'keycloak-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestHouse, type TestPerson, freePort } from '@newel/testing/house'
import { openForeignHouse } from './foreign-house.ts'
import { cancel, giveCode, giveLogin, openBrowser } from './person-in-browser.ts'
import { type StaticPages, servePages } from './static-pages.ts'

declare global {
  interface Window {
    /** Of the page that this test serves. */
    keycloak: Keycloak
  }
}

let house: TestHouse
let app: StaticPages
let browser: Browser

beforeAll(async () => {
  const port = await freePort()
  house = await openForeignHouse({
    type: 'spa',
    redirectUris: [`http://localhost:${port}/`],
    // The library reads every token that it is given as a JWT; refresh tokens here are none.
    refreshTokenLifetime: 0,
  })
  app = await servePages(port, {
    scriptPath: '/keycloak.js',
    scriptUrl: import.meta.resolve('keycloak-js'),
    html: `<!doctype html><title>app</title><script type="module">
      import Keycloak from '/keycloak.js'
      window.keycloak = new Keycloak({ oidcProvider: '${house.issuer}', clientId: 'foreign' })
    </script>`,
  })
  browser = await openBrowser()
})

afterAll(async () => {
  await browser.close()
  await app.close()
  await house.close()
})

/** Takes up what came back to the page; tells the claims of its user, or the error. */
async function initialised(page: Page): Promise<Record<string, unknown>> {
  await page.waitForURL((url) => url.origin === app.origin)
  return page.evaluate(async () => {
    try {
      await window.keycloak.init({
        checkLoginIframe: false,
        pkceMethod: 'S256',
        responseMode: 'query',
      })
    } catch (error) {
      return { error: (error as { error?: string } | undefined)?.error ?? String(error) }
    }
    return { ...window.keycloak.idTokenParsed }
  })
}

async function loggedIn(person: TestPerson): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  await page.goto(app.origin)
  await page.evaluate(
    () =>
      void window.keycloak.init({
        onLoad: 'login-required',
        checkLoginIframe: false,
        pkceMethod: 'S256',
        responseMode: 'query',
      }),
  )
  await giveLogin(page, person)
  expect(await initialised(page)).toMatchObject({ sub: person.accountId, acr: 'basic' })
  return page
}

async function stepUp(page: Page, options: KeycloakLoginOptions): Promise<void> {
  await page.evaluate((given) => void window.keycloak.login(given), options)
}

describe('keycloak-js in Chromium, by its `oidcProvider`', () => {
  it.each([
    ['`acrValues` and `maxAge`', 'ada', { acrValues: 'mfa', maxAge: 600 }],
    ['an essential `acr`', 'ben', { acr: { values: ['mfa'], essential: true } }],
  ])('logs in, then steps up by %s', async (_, username, options) => {
    const person = await house.addPerson(username, { totp: true })
    const page = await loggedIn(person)
    await stepUp(page, options)
    await giveCode(page, person)
    expect(await initialised(page)).toMatchObject({
      sub: person.accountId,
      acr: 'mfa',
      amr: ['pwd', 'otp', 'mfa'],
    })
    expect(await page.evaluate(() => window.keycloak.tokenParsed?.acr)).toBe('mfa')
    await page.context().close()
  })

  it('is told of a cancelled step-up, and finds the session as before', async () => {
    const cem = await house.addPerson('cem', { totp: true })
    const page = await loggedIn(cem)
    await stepUp(page, { acrValues: 'mfa' })
    await cancel(page)
    expect(await initialised(page)).toMatchObject({ error: 'access_denied' })
    await page.goto(app.origin)
    await page.evaluate(
      () =>
        void window.keycloak.init({
          onLoad: 'check-sso',
          checkLoginIframe: false,
          pkceMethod: 'S256',
          responseMode: 'query',
        }),
    )
    await page.waitForURL(/\?.*code=/)
    expect(await initialised(page)).toMatchObject({ sub: cem.accountId, acr: 'basic' })
    await page.context().close()
  })
})
