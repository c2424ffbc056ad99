import type { Page } from '@playwright/test'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { expectAccessible } from '../e2e/check-accessibility.ts'
import type { TestPerson } from '@newel/testing/house'
import { bundlePage } from './bundle-page.ts'
import { cancel, giveCode, giveLogin } from './person-in-browser.ts'
import { type SinglePageApp, openSinglePageApp } from './single-page-app.ts'

/** The oldest React that is supported lies in a folder of its own. */
const inExample = (name: string) =>
  fileURLToPath(new URL(`../examples/react-18/node_modules/${name}`, import.meta.url))
const versions: readonly [string, Readonly<Record<string, string>>][] = [
  ['19', {}],
  ['18', { react: inExample('react'), 'react-dom': inExample('react-dom') }],
]

describe.each(versions)('on React %s', (version, alias) => {
  const bundle = async (page: string) =>
    bundlePage(
      new URL(`../packages/client/test/react-page/${page}`, import.meta.url),
      'development',
      alias,
    )

  let app: SinglePageApp
  let page: Page
  let person: TestPerson

  beforeAll(async () => {
    app = await openSinglePageApp({
      clientId: 'web',
      redirectPaths: ['/callback'],
      scripts: { '/page.js': await bundle('main.tsx') },
      html: ({ issuer }) => `<!doctype html><html lang="en"><title>Bank</title><div id="root"></div>
      <script>window.issuer = '${issuer}'</script><script type="module" src="/page.js"></script></html>`,
    })
  })
  afterAll(async () => app.close())

  /** A page of a new person, logged in at `basic`. */
  beforeEach(async () => {
    await page?.context().close()
    app.calls.length = 0
    person = await app.addPerson('ada')
    page = await (await app.browser.newContext()).newPage()
    await page.clock.install()
    await page.clock.resume()
    await page.goto(app.origin)
    await page.getByRole('button', { name: 'Log in' }).click()
    await giveLogin(page, person)
    await shows('session', 'logged-in basic')
  })

  async function shows(id: string, text: string): Promise<void> {
    await page.locator(`#${id}`, { hasText: text }).waitFor()
  }

  async function popupAfter(click: () => Promise<void>): Promise<Page> {
    const [popup] = await Promise.all([page.waitForEvent('popup'), click()])
    return popup
  }

  const press = (name: string) => page.getByRole('button', { name, exact: true }).click()

  describe('a page in StrictMode', () => {
    it('takes the answer up once, and says what came back', async () => {
      await shows('callback', 'completed')
      expect(await page.evaluate(() => window.calls)).toBe(1)
    })

    it('draws a component anew in the second in which its level decays, and not before', async () => {
      await giveCode(await popupAfter(() => press('Raise')), person)
      await shows('level', 'held')
      await shows('session', 'logged-in mfa')
      await page.clock.fastForward(60_000)
      const before = await page.evaluate(() => window.draws)
      await page.clock.fastForward(300_000)
      expect(await page.evaluate(() => window.draws)).toBe(before)
      expect(await page.locator('#level').textContent()).toBe('held')
      // `maxAge` is 600; the clocks of page and provider ran on for a moment meanwhile.
      await page.clock.fastForward(250_000)
      await shows('level', 'needed')
    })
  })

  describe('useStepUp', () => {
    it('opens the popup within the click, is pending meanwhile, and gives the session', async () => {
      const popup = await popupAfter(() => press('Raise'))
      await shows('hook', 'pending')
      await giveCode(popup, person)
      await shows('hook', 'idle')
      await shows('hook', 'rose to mfa')
    })

    it('turned down it has failed with `step_up_cancelled`, and the session is as before', async () => {
      await cancel(await popupAfter(() => press('Raise')))
      await shows('hook', 'failed step_up_cancelled came to nothing')
      await shows('session', 'logged-in basic')
    })

    it('is given up by `cancel`, which closes the popup', async () => {
      const popup = await popupAfter(() => press('Raise'))
      await Promise.all([popup.waitForEvent('close'), press('Give up')])
      await shows('hook', 'idle came to nothing')
    })

    it('is given up when its component goes', async () => {
      const popup = await popupAfter(() => press('Raise'))
      await Promise.all([popup.waitForEvent('close'), press('Hide')])
      await shows('session', 'logged-in basic')
    })

    it('tells its caller of a success that takes the component away', async () => {
      await giveCode(await popupAfter(() => press('Raise and go')), person)
      await shows('gone', 'done')
    })
  })

  describe('StepUpDialog', () => {
    it('asks, opens the popup from its own button, and does the action once', async () => {
      await press('Save')
      await page.getByRole('dialog', { name: 'Confirm that it is you' }).waitFor()
      expect(app.calls).toEqual([])
      const popup = await popupAfter(() => press('Continue'))
      await page.getByText('Answer in the window that has opened.').waitFor()
      await giveCode(popup, person)
      await shows('saved', '200 after 1')
      expect(app.calls).toEqual(['PUT /api/details 200'])
      expect(await page.getByRole('dialog').count()).toBe(0)
    })

    it('does not ask where the level is held', async () => {
      await giveCode(await popupAfter(() => press('Raise')), person)
      await shows('level', 'held')
      await press('Save')
      await shows('saved', '200 after 1')
    })

    it('turned down says so, stays for another try, and does nothing', async () => {
      await press('Save')
      await cancel(await popupAfter(() => press('Continue')))
      await page.getByRole('dialog').getByText('Nothing was changed.').waitFor()
      await giveCode(await popupAfter(() => press('Continue')), person)
      await shows('saved', '200 after 1')
    })

    it('closed by Escape gives up, and the focus is back on the control', async () => {
      await press('Save')
      const popup = await popupAfter(() => press('Continue'))
      await page.bringToFront()
      await Promise.all([popup.waitForEvent('close'), page.keyboard.press('Escape')])
      await page.getByRole('dialog').waitFor({ state: 'hidden' })
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Save')
      expect(app.calls).toEqual([])
    })

    it('breaks no rule of axe while it asks', async () => {
      await press('Save')
      await page.getByRole('dialog').waitFor()
      await expectAccessible(page, 'dialog')
    })
  })

  describe('rendered on the server', () => {
    it('nobody is logged in yet, every requirement would be asked for, and the dialog is closed', async () => {
      const script = Buffer.from(await bundle('server.tsx')).toString('base64')
      const rendered = (await import(`data:text/javascript;base64,${script}`)) as {
        readonly version: string
        readonly html: string
      }
      expect(rendered.version.split('.')[0]).toBe(version)
      expect(rendered.html).toMatch(
        /starting true idle<button>Save<\/button><dialog aria-labelledby=/,
      )
      expect(rendered.html).not.toMatch(/<dialog[^>]* open/)
    })
  })
})
