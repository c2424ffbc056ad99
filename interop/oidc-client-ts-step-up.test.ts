import type { Browser, Page } from '@playwright/test'
import type { OidcStepUpFetch } from '@newel/client/oidc-client-ts'
import type { UserManager } from 'oidc-client-ts'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type TestHouse, type TestPerson, freePort } from '@newel/testing/house'
import { bundlePage } from './bundle-page.ts'
import { openForeignHouse, resource } from './foreign-house.ts'
import { type GuardedApp, serveGuardedApp } from './guarded-app.ts'
import { cancel, giveCode, giveLogin, openBrowser } from './person-in-browser.ts'

declare global {
  interface Window {
    manager: UserManager
    stepUp: OidcStepUpFetch
    ended: Promise<string>
    /** Called with each answer to the app, which goes on when this does. */
    answered?: () => Promise<void>
  }
}

let house: TestHouse
let app: GuardedApp
let browser: Browser
let page: Page
let person: TestPerson
let people = 0

beforeAll(async () => {
  const port = await freePort()
  const origin = `http://localhost:${port}`
  house = await openForeignHouse({
    type: 'spa',
    redirectUris: [`${origin}/callback`, `${origin}/popup`],
  })
  const library = new URL('../browser/oidc-client-ts.min.js', import.meta.resolve('oidc-client-ts'))
  app = await serveGuardedApp(port, {
    issuer: house.issuer,
    audience: resource,
    scripts: {
      '/oidc-client-ts.js': readFileSync(fileURLToPath(library), 'utf8'),
      '/newel.js': await bundlePage(import.meta.resolve('@newel/client/oidc-client-ts')),
    },
    // The library's defaults, its filter included: `acr` is not in its profile.
    html: `<!doctype html><title>app</title><script src="/oidc-client-ts.js"></script><script type="module">
      import { createStepUpFetch, parkedCalls } from '/newel.js'
      window.manager = new oidc.UserManager({
        authority: '${house.issuer}',
        client_id: 'foreign',
        redirect_uri: '${origin}/callback',
        popup_redirect_uri: '${origin}/popup',
        scope: 'openid accounts',
        automaticSilentRenew: false,
        ...(sessionStorage.dpop && { dpop: {
          store: new oidc.IndexedDbDPoPStore(), bind_authorization_code: true,
        } }),
      })
      window.stepUp = createStepUpFetch({
        userManager: manager,
        apiOrigins: ['${origin}'],
        mode: sessionStorage.mode ?? 'popup',
        parking: parkedCalls(),
        fetch: async (...call) => {
          const answer = await fetch(...call)
          await window.answered?.()
          return answer
        },
      })
      if (location.pathname === '/popup') manager.signinPopupCallback()
      document.title = 'ready'
    </script>`,
  })
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await app.close()
  await house.close()
})

beforeEach(async () => {
  app.calls.length = 0
  people += 1
  person = await house.addPerson(`oda${people}`, { totp: true })
  page = await (await browser.newContext()).newPage()
  await open(app.origin)
  await page.evaluate(() => void window.manager.signinRedirect())
  await giveLogin(page, person)
  expect(await backFromRedirect()).toBe('no step-up')
})
afterEach(async () => page.context().close())

async function open(url: string): Promise<void> {
  await page.goto(url)
  await page.waitForFunction(() => document.title === 'ready')
}

async function backFromRedirect(): Promise<string> {
  await page.waitForURL(`${app.origin}/callback*`)
  await page.waitForFunction(() => document.title === 'ready')
  return page.evaluate(async () => {
    const result = await window.stepUp.handleRedirectCallback()
    if (!result) return 'no step-up'
    if (result.outcome === 'failed') return `failed ${result.error.code}`
    const calls = result.calls.map(({ method, response }) => `${method} ${response?.status}`)
    return ['completed', ...calls].join(', ')
  })
}

/**
 * Calls the API so many times at once; `ended` tells how that ended. The app sees the answers in one turn: a call that is
 * answered when the page is being left is none that the redirect interrupts.
 */
async function call(path: string, times = 1): Promise<void> {
  await page.evaluate(
    ({ to, count }) => {
      const one = async () =>
        window.stepUp.fetch(to, { method: 'PUT', body: 'x' }).then(
          async (response) => `${response.status} ${await response.text()}`,
          (error: { code?: string }) => error.code ?? 'an error without a code',
        )
      let missing = count
      let goOn = () => {}
      const all = new Promise<void>((resolve) => {
        goOn = resolve
      })
      window.answered = async () => {
        missing -= 1
        if (missing === 0) goOn()
        return all
      }
      window.ended = Promise.all(Array.from({ length: count }, one)).then((texts) =>
        texts.join(', '),
      )
    },
    { to: path, count: times },
  )
}

const ended = async () => page.evaluate(async () => window.ended)

async function popupAfter(start: () => Promise<void>): Promise<Page> {
  const [popup] = await Promise.all([page.waitForEvent('popup'), start()])
  return popup
}

/** The `acr` of the ID token that the library holds. */
async function heldLevel(): Promise<unknown> {
  return page.evaluate(async () => {
    const user = await window.manager.getUser()
    return (JSON.parse(atob(user?.id_token?.split('.')[1] ?? '')) as { acr?: unknown }).acr
  })
}

describe('an app that logs in by oidc-client-ts', () => {
  it('steps up in a popup and sends the call once more, as it was', async () => {
    const popup = await popupAfter(() => call('/api/details'))
    await giveCode(popup, person)
    expect(await ended()).toBe('200 {"body":"x"}')
    expect(app.calls).toEqual(['PUT /api/details 401', 'PUT /api/details 200'])
    expect(await heldLevel()).toBe('mfa')
  })

  it('joins ten challenged calls to one step-up', async () => {
    let popups = 0
    page.on('popup', () => {
      popups += 1
    })
    const popup = await popupAfter(() => call('/api/details', 10))
    await giveCode(popup, person)
    expect(await ended()).toBe(Array.from({ length: 10 }, () => '200 {"body":"x"}').join(', '))
    expect(popups).toBe(1)
  })

  it('meets `max_age=0` with a proof made for the call', async () => {
    const popup = await popupAfter(() => call('/api/now'))
    await giveCode(popup, person)
    expect(await ended()).toMatch(/^200 /)
  })

  it('stops with `step_up_failed` where the API still asks (RFC 9470 §5)', async () => {
    const popup = await popupAfter(() => call('/api/never'))
    await giveCode(popup, person)
    expect(await ended()).toBe('step_up_failed')
    expect(app.calls).toHaveLength(2)
  })

  it.each([
    ['turned down', async (popup: Page) => cancel(popup)],
    ['closed', async (popup: Page) => popup.close()],
  ])('a popup that is %s ends in `step_up_cancelled`, the session as before', async (_, give) => {
    await give(await popupAfter(() => call('/api/details')))
    expect(await ended()).toBe('step_up_cancelled')
    expect(await heldLevel()).toBe('basic')
    await call('/api/accounts')
    expect(await ended()).toBe('200 {"ok":true}')
  })

  it('a browser that opens no popup ends in `popup_blocked`', async () => {
    await page.evaluate(() => {
      window.open = () => null
    })
    await call('/api/details')
    expect(await ended()).toBe('popup_blocked')
  })

  it('another person who answers is put out, and the first is back', async () => {
    const other = await house.addPerson(`other${people}`, { totp: true })
    // The provider has forgotten the first, and the second logs in there.
    await page.context().clearCookies()
    const popup = await popupAfter(() => call('/api/details'))
    await giveLogin(popup, other)
    await giveCode(popup, other)
    expect(await ended()).toBe('different_user')
    expect(await heldLevel()).toBe('basic')
    expect(await page.evaluate(async () => (await window.manager.getUser())?.profile.sub)).toBe(
      person.accountId,
    )
    expect(app.calls).toEqual(['PUT /api/details 401'])
  })

  it('steps up by redirect, and sends the calls that it interrupted, each once', async () => {
    await byRedirect()
    await call('/api/details', 2)
    await giveCode(page, person)
    expect(await backFromRedirect()).toBe('completed, PUT 200, PUT 200')
    const [challenged, sent] = ['PUT /api/details 401', 'PUT /api/details 200']
    expect(app.calls).toEqual([challenged, challenged, sent, sent])
    await call('/api/details')
    expect(await ended()).toBe('200 {"body":"x"}')
  })

  it('says of a redirect that was turned down `failed`, the session as before', async () => {
    await byRedirect()
    await call('/api/details')
    await cancel(page)
    expect(await backFromRedirect()).toBe('failed step_up_cancelled')
    expect(await heldLevel()).toBe('basic')
    expect(app.calls).toEqual(['PUT /api/details 401'])
  })
})

describe('an app whose oidc-client-ts binds its tokens (RFC 9449)', () => {
  beforeEach(async () => {
    await page.evaluate(() => {
      sessionStorage.dpop = 'on'
    })
    await open(app.origin)
    await page.evaluate(() => void window.manager.signinRedirect())
    expect(await backFromRedirect()).toBe('no step-up')
  })

  const boundTo = async () =>
    page.evaluate(async () => {
      const token = (await window.manager.getUser())?.access_token
      return (JSON.parse(atob(token?.split('.')[1] ?? '')) as { cnf?: { jkt: string } }).cnf?.jkt
    })

  it('sends the proof of its key with every call, repeats the nonce of the API, and keeps the key', async () => {
    const key = await boundTo()
    expect(key).toMatch(/^[\w-]{43}$/)
    const popup = await popupAfter(() => call('/api/details?of=me'))
    await giveCode(popup, person)
    expect(await ended()).toBe('200 {"body":"x"}')
    // The first is sent back for the nonce (§9).
    expect(app.calls).toEqual([
      'PUT /api/details 401',
      'PUT /api/details 401',
      'PUT /api/details 200',
    ])
    expect(await boundTo()).toBe(key)
  })

  it('sends a call that a redirect interrupted with a proof of its own', async () => {
    await byRedirect()
    await call('/api/details')
    await giveCode(page, person)
    expect(await backFromRedirect()).toBe('completed, PUT 200')
  })
})

async function byRedirect(): Promise<void> {
  await page.evaluate(() => {
    sessionStorage.mode = 'redirect'
  })
  await open(app.origin)
}
