import type { Browser, Page } from '@playwright/test'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestHouse, type TestPerson, freePort } from '@newel/testing/house'
import { clientSecret, openForeignHouse } from './foreign-house.ts'
import { cancel, giveCode, giveLogin, openBrowser } from './person-in-browser.ts'
import { type TestApache, apacheMissing, startApache } from './start-apache.ts'

let house: TestHouse
let apache: TestApache
let origin: string
let browser: Browser

describe.skipIf(apacheMissing() !== undefined)('Apache with mod_auth_openidc', () => {
  beforeAll(async () => {
    const port = await freePort()
    origin = `http://localhost:${port}`
    const redirectUri = `${origin}/callback`
    house = await openForeignHouse({ type: 'confidential', redirectUris: [redirectUri] })
    apache = await startApache(
      port,
      `
OIDCProviderMetadataURL ${house.issuer}/.well-known/openid-configuration
OIDCClientID foreign
OIDCClientSecret ${clientSecret}
OIDCRedirectURI ${redirectUri}
OIDCCryptoPassphrase a-passphrase-of-the-cookie-of-apache
OIDCScope "openid accounts"
OIDCPKCEMethod S256
OIDCDefaultURL ${origin}/accounts/
<Location />
  AuthType openid-connect
  Require valid-user
</Location>
<Location /payment>
  AuthType openid-connect
  OIDCPathAuthRequestParams "acr_values=mfa&max_age=600"
  OIDCUnAutzAction auth
  Require claim acr:mfa
</Location>
`,
      { accounts: 'the accounts', payment: 'the payment' },
    )
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await apache.stop()
    await house.close()
  })

  async function loggedIn(person: TestPerson): Promise<Page> {
    const page = await (await browser.newContext()).newPage()
    await page.goto(`${origin}/accounts/`)
    await giveLogin(page, person)
    expect(await textOf(page)).toBe('the accounts')
    return page
  }

  async function textOf(page: Page): Promise<string> {
    await page.waitForURL((url) => url.origin === origin)
    return page.locator('body').innerText()
  }

  it('logs in at one path, and steps up at the one that requires a level', async () => {
    const ada = await house.addPerson('ada', { totp: true })
    const page = await loggedIn(ada)
    await page.goto(`${origin}/payment/`)
    await giveCode(page, ada)
    expect(await textOf(page)).toBe('the payment')
    await page.goto(`${origin}/accounts/`)
    expect(await textOf(page)).toBe('the accounts')
    await page.context().close()
  })

  // 2.4.12 takes an error that carries `iss` (RFC 9207) for a login begun elsewhere, and goes to its default address.
  it('leads from a cancelled step-up to its default page, in the session of before', async () => {
    const ben = await house.addPerson('ben', { totp: true })
    const page = await loggedIn(ben)
    await page.goto(`${origin}/payment/`)
    await cancel(page)
    await page.waitForURL(`${origin}/accounts/`)
    expect(await textOf(page)).toBe('the accounts')
    // The level was not reached, so the page asks again.
    await page.goto(`${origin}/payment/`)
    await cancel(page)
    await page.waitForURL(`${origin}/accounts/`)
    await page.context().close()
  })
})
