import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { totpCode } from '@newel/testing/house'
import { expect, type Page, test as base } from '@playwright/test'
import { type BackendApp, openBackendApp } from './backend-app.ts'

const test = base.extend<{ readonly app: BackendApp }>({
  app: async ({ context }, provide) => {
    const app = await openBackendApp()
    await provide(app)
    await context.close()
    await app.close()
  },
})

const who = (page: Page) => page.getByTestId('who')

async function logIn(page: Page, { origin, ada }: BackendApp): Promise<void> {
  await page.goto(origin)
  await page.getByRole('link', { name: 'Log in' }).click()
  await page.getByLabel('Username').fill(ada.username)
  await page.getByLabel('Password').fill(ada.password)
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(who(page)).toHaveText('level basic')
}

/** `ahead`: steps of the one-time code, each of which counts once. */
async function giveCode(page: Page, { ada }: BackendApp, ahead = 0): Promise<void> {
  await expect(page.locator('main[data-page=step-up][data-method=totp]')).toBeVisible()
  const at = Math.floor(Date.now() / 1000) + 30 * ahead
  await page.getByLabel('One-time code').fill(totpCode(ada.totpKey, at))
  await page.getByRole('button', { name: 'Continue' }).click()
}

async function sendForm(page: Page, iban: string): Promise<void> {
  await page.getByLabel('IBAN').fill(iban)
  await page.getByRole('button', { name: 'Change', exact: true }).click()
}

const changed = ({ changes }: BackendApp) => [...changes.values()]

test.describe('an app whose backend keeps the tokens', () => {
  test('logs in, is asked for the second factor at a form, and the form is carried out once (63, 56)', async ({
    page,
    app,
  }) => {
    await logIn(page, app)
    await sendForm(page, 'DE02')
    await giveCode(page, app)
    await expect(page.getByTestId('answer')).toHaveText('1 changed')
    expect(page.url()).not.toContain('DE02')
    await page.reload()
    await expect(page.getByTestId('answer')).toHaveText('1 changed')
    await page.goBack()
    await page.goto(app.origin)
    await expect(who(page)).toHaveText('level mfa')
    expect(changed(app)).toEqual(['iban=DE02'])
  })

  test('carries out a form of its own route once, with scripts and without', async ({
    page,
    app,
    browser,
  }) => {
    await logIn(page, app)
    await page.getByLabel('Note').fill('grüße & more')
    await page.getByRole('button', { name: 'Write' }).click()
    await giveCode(page, app)
    await expect(who(page)).toHaveText('level mfa')
    await expect(page).toHaveURL(`${app.origin}/`)
    await page.reload()
    expect(app.notes).toEqual(['grüße & more'])

    const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage()
    await plain.goto(`${app.origin}/bff/login?return_to=/`)
    await plain.getByLabel('Username').fill(app.ada.username)
    await plain.getByLabel('Password').fill(app.ada.password)
    await plain.getByRole('button', { name: 'Continue' }).click()
    await plain.getByLabel('Note').fill('plain')
    await plain.getByRole('button', { name: 'Write' }).click()
    await giveCode(plain, app, 1)
    await plain.getByRole('button', { name: 'Continue' }).click()
    await expect(plain).toHaveURL(`${app.origin}/`)
    expect(app.notes).toEqual(['grüße & more', 'plain'])
    await plain.context().close()
  })

  test('loses nothing when the person cancels: same session, nothing carried out, and it can be tried again (18)', async ({
    page,
    app,
  }) => {
    await logIn(page, app)
    await sendForm(page, 'DE03')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await expect(page.getByTestId('error')).toHaveText('step_up_cancelled')
    await expect(who(page)).toHaveText('level basic')
    await page.getByRole('button', { name: 'Accounts' }).click()
    await expect(page.getByTestId('result')).toContainText('100')
    expect(changed(app)).toEqual([])
    await sendForm(page, 'DE04')
    await giveCode(page, app)
    await expect(page.getByTestId('answer')).toHaveText('1 changed')
    expect(changed(app)).toEqual(['iban=DE04'])
  })

  test('ends well in two tabs that ask at once, each with its own form (21)', async ({
    page,
    app,
    context,
  }) => {
    await logIn(page, app)
    const other = await context.newPage()
    await other.goto(app.origin)
    await sendForm(page, 'FIRST')
    await sendForm(other, 'SECOND')
    await giveCode(other, app)
    await expect(other.getByTestId('answer')).toHaveText('1 changed')
    await giveCode(page, app, 1)
    await expect(page.getByTestId('answer')).toHaveText('2 changed')
    expect(changed(app)).toEqual(['iban=SECOND', 'iban=FIRST'])
    await page.goto(app.origin)
    await expect(who(page)).toHaveText('level mfa')
  })

  test('lets a script send its call again after the step-up', async ({ page, app }) => {
    await logIn(page, app)
    await page.getByRole('button', { name: 'Change by script' }).click()
    await giveCode(page, app)
    await expect(who(page)).toHaveText('level mfa')
    await page.getByRole('button', { name: 'Change by script' }).click()
    await expect(page.getByTestId('result')).toContainText('1 changed')
    expect(changed(app)).toEqual(['iban=SCRIPT'])
  })

  test('is logged out where the person logs out elsewhere (Back-Channel Logout)', async ({
    page,
    app,
  }) => {
    await logIn(page, app)
    const told = app.loggedOutElsewhere()
    await app.house.provider.endSessions(app.ada.accountId)
    await told
    await page.reload()
    await expect(who(page)).toHaveText('nobody')
    await page.getByRole('button', { name: 'Accounts' }).click()
    await expect(page.locator('main[data-page=login]')).toBeVisible()
  })

  test('shows no token to the page: not in an answer, the storage, the markup or a cookie', async ({
    page,
    app,
    context,
  }) => {
    const seen: string[] = []
    const reads: Promise<void>[] = []
    page.on('response', (response) => {
      if (!response.url().startsWith(app.origin)) return
      reads.push(
        (async () => {
          seen.push(response.url(), JSON.stringify(await response.headersArray()))
          seen.push(await response.text().catch(() => ''))
        })(),
      )
    })
    await logIn(page, app)
    await page.getByRole('button', { name: 'Accounts' }).click()
    await expect(page.getByTestId('result')).toContainText('100')
    await sendForm(page, 'DE05')
    await giveCode(page, app)
    await expect(page.getByTestId('answer')).toBeVisible()
    await page.goto(app.origin)
    await expect(who(page)).toHaveText('level mfa')
    seen.push(await page.content())
    seen.push(
      await page.evaluate(() =>
        JSON.stringify([
          Object.entries(localStorage),
          Object.entries(sessionStorage),
          document.cookie,
          location.href,
        ]),
      ),
    )
    expect(await page.evaluate(() => document.cookie)).toBe('')
    await Promise.all(reads)
    const all = seen.join('\n')
    expect(app.tokens.size).toBeGreaterThan(1)
    for (const token of app.tokens) {
      for (const part of token.split('.')) expect(all).not.toContain(part)
    }
    expect(all).not.toMatch(/"(access|refresh|id)_token"/)
    const cookies = await context.cookies(app.origin)
    const own = cookies.filter(({ name }) => name.startsWith('newel-bff-'))
    expect(own.length).toBeGreaterThan(0)
    for (const { httpOnly, sameSite, path, domain } of own) {
      expect({ httpOnly, sameSite, path, domain }).toEqual({
        httpOnly: true,
        sameSite: 'Lax',
        path: '/',
        domain: 'localhost',
      })
    }
  })

  test('refuses what a page of another origin sends, on the same site or another', async ({
    page,
    app,
  }) => {
    await logIn(page, app)
    await sendForm(page, 'DE06')
    await giveCode(page, app)
    await expect(page.getByTestId('answer')).toBeVisible()
    const evil = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(`<form method="post" action="${app.origin}/notes"><input name="note" value="evil"><button>Notes</button></form>
<form method="post" action="${app.origin}/api/details"><input name="iban" value="EVIL"><button>Details</button></form>
<form method="post" action="${app.origin}/bff/logout"><button>Logout</button></form>`)
    }).listen(0)
    await once(evil, 'listening')
    const { port } = evil.address() as AddressInfo
    // `localhost` is the same site, whose requests carry the cookie; the other is another site.
    for (const host of ['localhost', '127.0.0.1']) {
      for (const name of ['Notes', 'Details', 'Logout']) {
        await page.goto(`http://${host}:${port}`)
        const [answer] = await Promise.all([
          page.waitForResponse((response) => response.url().startsWith(app.origin)),
          page.getByRole('button', { name }).click(),
        ])
        expect(answer.status(), `${host} ${name}`).toBe(403)
      }
      await page.goto(`http://${host}:${port}`)
      const read = await page.evaluate(
        (address) =>
          fetch(address, { credentials: 'include' }).then(
            (response) => response.status,
            () => 'refused',
          ),
        `${app.origin}/api/accounts`,
      )
      expect(read).toBe('refused')
    }
    evil.closeAllConnections()
    evil.close()
    await page.goto(app.origin)
    await expect(who(page)).toHaveText('level mfa')
    expect(app.notes).toEqual([])
    expect(changed(app)).toEqual(['iban=DE06'])
  })

  test('leads nobody to another site after the login (64)', async ({ page, app }) => {
    await page.goto(`${app.origin}/bff/login?return_to=${encodeURIComponent('//evil.test/')}`)
    await page.getByLabel('Username').fill(app.ada.username)
    await page.getByLabel('Password').fill(app.ada.password)
    await page.getByRole('button', { name: 'Continue' }).click()
    await expect(page).toHaveURL(`${app.origin}/`)
  })
})
