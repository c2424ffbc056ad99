import type { Page } from '@playwright/test'
import type { KeycloakStepUpFetch } from '@newel/client/keycloak-js'
import type Keycloak from 'keycloak-js'
import type { KeycloakInitOptions } from 'keycloak-js'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { TestPerson } from '@newel/testing/house'
import { bundlePage } from './bundle-page.ts'
import { cancel, giveCode, giveLogin } from './person-in-browser.ts'
import { type SinglePageApp, openSinglePageApp } from './single-page-app.ts'

declare global {
  interface Window {
    keycloak: Keycloak
    keycloakStepUp: KeycloakStepUpFetch<KeycloakInitOptions>
    /** What this load of the page came to. */
    loaded: string
  }
}

let app: SinglePageApp
let page: Page
let person: TestPerson

beforeAll(async () => {
  app = await openSinglePageApp({
    redirectPaths: ['/'],
    // The library reads every token that it is given as a JWT; refresh tokens here are none.
    refreshTokenLifetime: 0,
    scripts: {
      '/keycloak.js': readFileSync(fileURLToPath(import.meta.resolve('keycloak-js')), 'utf8'),
      '/newel.js': await bundlePage(import.meta.resolve('@newel/client/keycloak-js')),
    },
    html: ({ issuer, origin }) => `<!doctype html><title>app</title><script type="module">
      import Keycloak from '/keycloak.js'
      import { createStepUpFetch, parkedCalls } from '/newel.js'
      window.keycloak = new Keycloak({ oidcProvider: '${issuer}', clientId: 'foreign' })
      window.keycloakStepUp = createStepUpFetch({
        keycloak, apiOrigins: ['${origin}'], parking: parkedCalls(),
      })
      const result = await keycloakStepUp.init({
        checkLoginIframe: false, pkceMethod: 'S256', responseMode: 'query',
      })
      const outcome = result === undefined ? 'no step-up'
        : result.outcome === 'failed' ? 'failed ' + result.error.code
        : ['completed', ...result.calls.map(({ response }) => response?.status)].join(' ')
      window.loaded = outcome + ' ' + (keycloak.idTokenParsed?.acr ?? 'nobody')
    </script>`,
  })
})
afterAll(async () => app.close())

beforeEach(async () => {
  app.calls.length = 0
  person = await app.addPerson('kim')
  page = await (await app.browser.newContext()).newPage()
  await page.goto(app.origin)
  await loads('no step-up nobody')
  await page.evaluate(() => void window.keycloak.login())
  await giveLogin(page, person)
  await loads('no step-up basic')
})
afterEach(async () => page.context().close())

/** The page comes, by whatever redirects, to this. */
async function loads(expected: string): Promise<void> {
  const found = await page.waitForFunction(
    (text) => window.loaded !== undefined && (window.loaded === text || window.loaded),
    expected,
    { polling: 50 },
  )
  expect(await found.jsonValue(), `the page loads as \`${expected}\``).toBe(true)
}

async function call(path: string): Promise<void> {
  await page.evaluate(
    (to) => void window.keycloakStepUp.fetch(to, { method: 'PUT', body: 'x' }),
    path,
  )
}

async function answered(path: string): Promise<string> {
  return page.evaluate(
    async (to) =>
      window.keycloakStepUp.fetch(to, { method: 'PUT', body: 'x' }).then(
        (response) => String(response.status),
        (error: { code?: string }) => error.code ?? 'an error without a code',
      ),
    path,
  )
}

describe('an app that logs in by keycloak-js', () => {
  it('leaves for the step-up that its API asks for, and sends the call once when it is back', async () => {
    await call('/api/details')
    await giveCode(page, person)
    await loads('completed 200 mfa')
    expect(app.calls).toEqual(['PUT /api/details 401', 'PUT /api/details 200'])
    expect(await answered('/api/details')).toBe('200')
  })

  it('turned down it says so, and the session is back', async () => {
    await call('/api/details')
    await cancel(page)
    await loads('failed step_up_cancelled basic')
    expect(await answered('/api/accounts')).toBe('200')
    expect(app.calls).toEqual(['PUT /api/details 401', 'PUT /api/accounts 200'])
  })

  it('another person who answers is put out', async () => {
    const other = await app.addPerson('zoe')
    await page.context().clearCookies()
    await call('/api/details')
    await giveLogin(page, other)
    await giveCode(page, other)
    // Fetching the session back finds the other's at the provider, and takes none.
    await page.waitForFunction(() => window.loaded?.startsWith('failed'))
    expect(await page.evaluate(() => [window.loaded.split(' ')[1], window.keycloak.token])).toEqual(
      ['different_user', undefined],
    )
  })

  it('a load that no step-up of this tab ends in is a plain one', async () => {
    await page.evaluate(() => sessionStorage.setItem('newel:keycloak-step-up', '{}'))
    await page.goto(app.origin)
    await loads('no step-up nobody')
  })
})
