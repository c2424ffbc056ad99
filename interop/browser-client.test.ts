import type { BrowserContext, Page } from '@playwright/test'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { expectAccessible } from '../e2e/check-accessibility.ts'
import type { TestPerson } from '@newel/testing/house'
import { bundlePage } from './bundle-page.ts'
import { cancel, giveCode, giveLogin } from './person-in-browser.ts'
import { type SinglePageApp, openSinglePageApp } from './single-page-app.ts'

let app: SinglePageApp
let context: BrowserContext
let page: Page
let person: TestPerson

beforeAll(async () => {
  const script = await bundlePage(
    new URL('../packages/client/test/browser-page/main.ts', import.meta.url),
  )
  app = await openSinglePageApp({
    clientId: 'web',
    redirectPaths: ['/callback'],
    scripts: { '/page.js': script },
    html: ({ issuer }) => `<!doctype html><html lang="en"><title>Bank</title><body>
      <script>window.provider = '${issuer}'</script><script type="module" src="/page.js"></script></body></html>`,
  })
})
afterAll(async () => app.close())
beforeEach(async () => {
  app.calls.length = 0
  person = await app.addPerson('bea')
  context = await app.browser.newContext()
})
afterEach(() => context.close())

/** A page with these parts, logged in at `basic`. */
async function loggedInWith(parts: string): Promise<void> {
  await context.addInitScript((chosen) => localStorage.setItem('parts', chosen), parts)
  page = await context.newPage()
  await page.goto(app.origin)
  await page.getByRole('button', { name: 'Log in' }).click()
  await giveLogin(page, person)
  await shows(page, 'session', 'logged in at basic')
}

async function shows(on: Page, id: string, text: string): Promise<void> {
  await on.locator(`#${id}`, { hasText: text }).waitFor()
}

const save = (on: Page) => on.getByRole('button', { name: 'Save' }).click()

describe('a POST that a redirect interrupts', () => {
  it('is kept unreadable in IndexedDB, and sent once as it was when the person is back', async () => {
    await loggedInWith('redirect parking')
    await save(page)
    await page.locator('main[data-page=step-up]').waitFor()
    expect(page.url()).not.toContain('DE02')
    await giveCode(page, person)
    await shows(page, 'outcome', 'resumed POST 200 {"body":"iban=DE02"}')
    expect(app.calls).toEqual(['POST /api/details 401', 'POST /api/details 200'])
    await page.reload()
    await shows(page, 'session', 'logged in')
    expect(app.calls).toHaveLength(2)
  })

  it('is forgotten where the step-up is cancelled', async () => {
    await loggedInWith('redirect parking')
    await save(page)
    await cancel(page)
    await shows(page, 'session', 'logged in at basic')
    expect(app.calls).toEqual(['POST /api/details 401'])
    expect(await page.evaluate(keptKeys)).toEqual([])
  })
})

describe('tokens bound to a key of the browser', () => {
  it('work with the real provider and API, over step-up and reload, with one key that cannot be read', async () => {
    const schemes: string[] = []
    context.on('request', (request) => {
      if (request.url().includes('/api/')) {
        schemes.push(`${request.headers()['authorization']?.split(' ')[0]}`)
      }
    })
    await loggedInWith('dpop')
    const [popup] = await Promise.all([page.waitForEvent('popup'), save(page)])
    await giveCode(popup, person)
    await shows(page, 'outcome', '200 {"body":"iban=DE02"}')
    await page.reload()
    await shows(page, 'session', 'logged in at')
    await save(page)
    await shows(page, 'outcome', '200')
    expect(new Set(schemes)).toEqual(new Set(['DPoP']))
    const kept = await page.evaluate(keptKeys)
    expect(kept).toHaveLength(1)
    expect(await page.evaluate(isKeyReadable, kept[0] ?? '')).toBe(false)
  })
})

describe('two tabs that work as one', () => {
  it('step up once: the call of the second waits for the popup of the first', async () => {
    await loggedInWith('tabs')
    const other = await context.newPage()
    await other.goto(app.origin)
    await shows(other, 'session', 'logged in at basic')
    const [popup] = await Promise.all([page.waitForEvent('popup'), save(page)])
    await popup.locator('main[data-page=step-up]').waitFor()
    await save(other)
    await waitsForAnotherTab(other)
    await giveCode(popup, person)
    await shows(page, 'outcome', '200')
    await shows(other, 'outcome', '200')
    await shows(other, 'session', 'logged in at mfa')
    expect(context.pages()).toHaveLength(2)
  })

  it('end alike where the popup is closed, and both stay logged in', async () => {
    await loggedInWith('tabs')
    const other = await context.newPage()
    await other.goto(app.origin)
    await shows(other, 'session', 'logged in at basic')
    const [popup] = await Promise.all([page.waitForEvent('popup'), save(page)])
    await popup.locator('main[data-page=step-up]').waitFor()
    await save(other)
    await waitsForAnotherTab(other)
    await popup.close()
    for (const tab of [page, other]) {
      await shows(tab, 'outcome', 'step_up_cancelled')
      await shows(tab, 'session', 'logged in at basic')
    }
  })
})

describe('the dialog before the popup', () => {
  it('is named, described and accessible; its button opens the popup, and focus goes back', async () => {
    await loggedInWith('prompt')
    await save(page)
    const dialog = page.getByRole('dialog', { name: 'One more step', description: 'Why' })
    await dialog.waitFor()
    await expectAccessible(page, 'the dialog')
    const [popup] = await Promise.all([
      page.waitForEvent('popup'),
      page.getByRole('button', { name: 'Continue' }).click(),
    ])
    await giveCode(popup, person)
    await shows(page, 'outcome', '200')
    expect(await dialog.count()).toBe(0)
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('save')
  })

  it('takes Escape for a cancel', async () => {
    await loggedInWith('prompt')
    await save(page)
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await shows(page, 'outcome', 'step_up_cancelled')
    expect(app.calls).toEqual(['POST /api/details 401'])
  })
})

/** Its call was challenged, and it stands in line for the end of the step-up elsewhere. */
async function waitsForAnotherTab(tab: Page): Promise<void> {
  const inLine = async () => {
    const { pending = [] } = await navigator.locks.query()
    return pending.some(({ mode }) => mode === 'shared')
  }
  await tab.waitForFunction(inLine, undefined, { polling: 50 })
}

function keptKeys(): Promise<string[]> {
  return new Promise((resolve) => {
    const request = indexedDB.open('newel', 1)
    request.addEventListener('success', () => {
      const all = request.result.transaction('kept').objectStore('kept').getAllKeys()
      all.addEventListener('success', () => resolve(all.result.map(String)))
    })
  })
}

function isKeyReadable(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = indexedDB.open('newel', 1)
    request.addEventListener('success', () => {
      const found: IDBRequest<{ privateKey: CryptoKey }> = request.result
        .transaction('kept')
        .objectStore('kept')
        .get(name)
      found.addEventListener('success', () => resolve(found.result.privateKey.extractable))
    })
  })
}
