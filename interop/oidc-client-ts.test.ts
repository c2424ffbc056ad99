import type { Browser, Page } from '@playwright/test'
import type { UserManager } from 'oidc-client-ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestHouse, type TestPerson, freePort } from '@newel/testing/house'
import { openForeignHouse } from './foreign-house.ts'
import { cancel, giveCode, giveLogin, openBrowser } from './person-in-browser.ts'
import { type StaticPages, servePages } from './static-pages.ts'

declare global {
  interface Window {
    /** Of the page that this test serves. */
    manager: UserManager
  }
}

let house: TestHouse
let app: StaticPages
let browser: Browser

beforeAll(async () => {
  const port = await freePort()
  const origin = `http://localhost:${port}`
  house = await openForeignHouse({
    type: 'spa',
    redirectUris: [`${origin}/callback`, `${origin}/popup`],
  })
  app = await servePages(port, {
    scriptPath: '/oidc-client-ts.js',
    // The package's own build for browsers, a global named `oidc`, which its `exports` do not name.
    scriptUrl: new URL('../browser/oidc-client-ts.min.js', import.meta.resolve('oidc-client-ts'))
      .href,
    html: `<!doctype html><title>app</title><script src="/oidc-client-ts.js"></script><script>
      window.manager = new oidc.UserManager({
        authority: '${house.issuer}',
        client_id: 'foreign',
        redirect_uri: '${origin}/callback',
        popup_redirect_uri: '${origin}/popup',
        scope: 'openid accounts',
        filterProtocolClaims: false,
        automaticSilentRenew: false,
      })
      if (location.pathname === '/popup') manager.signinPopupCallback()
    </script>`,
  })
  browser = await openBrowser()
})

afterAll(async () => {
  await browser.close()
  await app.close()
  await house.close()
})

/** What the app knows of its user. */
async function profile(page: Page): Promise<Record<string, unknown>> {
  return page.evaluate(async () => {
    const user = await window.manager.getUser()
    const { sub, acr, amr, auth_time } = user?.profile ?? {}
    return { sub, acr, amr, hasTime: typeof auth_time === 'number' }
  })
}

async function finishRedirect(page: Page): Promise<unknown> {
  await page.waitForURL(`${app.origin}/callback*`)
  return page.evaluate(async () =>
    window.manager.signinCallback().then(
      () => 'done',
      (error: unknown) => (error as { error?: string }).error ?? String(error),
    ),
  )
}

async function loggedIn(person: TestPerson): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  await page.goto(app.origin)
  await page.evaluate(() => void window.manager.signinRedirect())
  await giveLogin(page, person)
  expect(await finishRedirect(page)).toBe('done')
  expect(await profile(page)).toEqual({
    sub: person.accountId,
    acr: 'basic',
    amr: ['pwd'],
    hasTime: true,
  })
  return page
}

async function stepUpByRedirect(page: Page): Promise<void> {
  await page.evaluate(() => void window.manager.signinRedirect({ acr_values: 'mfa', max_age: 600 }))
}

/** The refresh token of before still works, and brings the level that the session has. */
async function renewedLevel(page: Page): Promise<unknown> {
  return page.evaluate(async () => (await window.manager.signinSilent())?.profile.acr)
}

describe('oidc-client-ts in Chromium', () => {
  it('logs in, steps up by redirect, and shows the rise where its filter is off', async () => {
    const ada = await house.addPerson('ada', { totp: true })
    const page = await loggedIn(ada)
    await stepUpByRedirect(page)
    await giveCode(page, ada)
    expect(await finishRedirect(page)).toBe('done')
    expect(await profile(page)).toMatchObject({
      sub: ada.accountId,
      acr: 'mfa',
      amr: ['pwd', 'otp', 'mfa'],
    })
    expect(await renewedLevel(page)).toBe('mfa')
    await page.context().close()
  })

  it('steps up in a popup beside the page', async () => {
    const ben = await house.addPerson('ben', { totp: true })
    const page = await loggedIn(ben)
    const [popup] = await Promise.all([
      page.waitForEvent('popup'),
      page.evaluate(() => {
        document.title = 'asking'
        const asked = window.manager.signinPopup({ acr_values: 'mfa', max_age: 600 })
        void asked.finally(() => {
          document.title = 'answered'
        })
      }),
    ])
    await giveCode(popup, ben)
    await page.waitForFunction(() => document.title === 'answered')
    expect(await profile(page)).toMatchObject({ sub: ben.accountId, acr: 'mfa' })
    await page.context().close()
  })

  it('is told of a cancelled step-up, and the session is as before', async () => {
    const cem = await house.addPerson('cem', { totp: true })
    const page = await loggedIn(cem)
    await stepUpByRedirect(page)
    await cancel(page)
    expect(await finishRedirect(page)).toBe('access_denied')
    expect(await profile(page)).toMatchObject({ acr: 'basic', amr: ['pwd'] })
    expect(await renewedLevel(page)).toBe('basic')
    await page.context().close()
  })
})
