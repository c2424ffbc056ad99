import type { Auth0Client, Auth0ClientOptions } from '@auth0/auth0-spa-js'
import type { Browser, Page } from '@playwright/test'
import type { Auth0StepUpFetch } from '@newel/client/auth0'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { calculateJwkThumbprint, decodeJwt, EmbeddedJWK, jwtVerify } from 'jose'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freePort } from '@newel/testing/house'
import { Auth0Endpoints } from './auth0-endpoints.ts'
import { bundlePage } from './bundle-page.ts'
import { openBrowser } from './person-in-browser.ts'
import { closeServer } from './static-pages.ts'

declare global {
  interface Window {
    auth0: { Auth0Client: new (options: Auth0ClientOptions) => Auth0Client }
    auth0Client: Auth0Client
    auth0StepUp: Auth0StepUpFetch
  }
}

let endpoints: Auth0Endpoints
let origin: string
const servers: Parameters<typeof closeServer>[0][] = []
let browser: Browser
let page: Page
let calls: string[] = []

const apiNonce = 'of-the-api'

const digest = (text: string) => createHash('sha256').update(text).digest('base64url')

/** What a proof says, its signature checked. */
async function proofIn(proof: string) {
  const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt' })
  const { htm, htu, ath, nonce } = payload
  const key = await calculateJwkThumbprint(protectedHeader.jwk ?? {})
  return { key, nonce, of: `${String(htm)} ${String(htu)} ${String(ath)}` }
}

/** Asks for `mfa` at `/api/details`, and always at `/api/never`. */
function api(): Hono {
  const app = new Hono()
  app.all('/api/:what', async (c) => {
    const [scheme, token = ''] = c.req.header('authorization')?.split(' ') ?? []
    const { acr, cnf } = decodeJwt(token)
    const what = c.req.param('what')
    const proof = scheme === 'DPoP' ? await proofIn(c.req.header('dpop') ?? '') : undefined
    if (proof && proof.nonce !== apiNonce) {
      c.header('DPoP-Nonce', apiNonce)
      c.header('WWW-Authenticate', 'DPoP error="use_dpop_nonce"')
      return c.body(null, 401)
    }
    const proves =
      proof?.key === (cnf as { jkt?: string } | undefined)?.jkt &&
      proof?.of === (proof ? `${c.req.method} ${origin}${c.req.path} ${digest(token)}` : undefined)
    const enough = proves && (what === 'accounts' || (what === 'details' && acr === 'mfa'))
    calls.push(`${c.req.method} ${what} ${String(acr)}`)
    if (enough) return c.text(await c.req.text())
    c.header(
      'WWW-Authenticate',
      'Bearer error="insufficient_user_authentication", acr_values="mfa", max_age="600"',
    )
    return c.body(null, 401)
  })
  return app
}

beforeAll(async () => {
  const [port, providerPort] = [await freePort(), await freePort()]
  origin = `http://localhost:${port}`
  endpoints = new Auth0Endpoints(`http://localhost:${providerPort}`)
  const app = api()
  const library = new URL(
    '../auth0-spa-js.production.js',
    import.meta.resolve('@auth0/auth0-spa-js/dist/lib/auth0-spa-js.cjs.js'),
  )
  const scripts: Readonly<Record<string, string>> = {
    '/auth0.js': readFileSync(fileURLToPath(library), 'utf8'),
    '/newel.js': await bundlePage(import.meta.resolve('@newel/client/auth0')),
  }
  app.get('*', (c) => {
    const script = scripts[c.req.path]
    if (script !== undefined) return c.body(script, 200, { 'Content-Type': 'text/javascript' })
    return c.html(`<!doctype html><title>app</title><script src="/auth0.js"></script><script type="module">
      import { createStepUpFetch, parkedCalls } from '/newel.js'
      const options = {
        domain: '${endpoints.issuer}',
        clientId: 'app',
        cacheLocation: 'localstorage',
        useDpop: sessionStorage.dpop === 'on',
        authorizationParams: { redirect_uri: '${origin}/callback' },
      }
      window.auth0Client = new auth0.Auth0Client(options)
      window.auth0StepUp = createStepUpFetch({
        auth0: auth0Client,
        stepUpAuth0: new auth0.Auth0Client({ ...options, cacheLocation: 'memory' }),
        apiOrigins: ['${origin}'],
        mode: sessionStorage.mode ?? 'popup',
        parking: parkedCalls(),
      })
      document.title = 'ready'
    </script>`)
  })
  for (const [fetch, at] of [
    [app.fetch, port],
    [endpoints.app.fetch, providerPort],
  ] as const) {
    servers.push(
      serve({ fetch, port: at, hostname: 'localhost' }) as Parameters<typeof closeServer>[0],
    )
  }
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  for (const server of servers) await closeServer(server)
})

beforeEach(async () => {
  endpoints.person = { sub: 'alice', acr: 'basic', provedAgo: 60 }
  endpoints.error = undefined
  endpoints.holds = false
  endpoints.requests.length = 0
  endpoints.keys.clear()
  page = await (await browser.newContext()).newPage()
  await page.goto(origin)
  await ready()
  await page.evaluate(() => void window.auth0Client.loginWithRedirect())
  expect(await backFromRedirect()).toBe('no step-up')
  calls = []
})
afterEach(async () => page.context().close())

async function ready(): Promise<void> {
  await page.waitForFunction(() => document.title === 'ready')
}

async function backFromRedirect(): Promise<string> {
  await page.waitForURL(`${origin}/callback*`)
  await ready()
  return page.evaluate(async () => {
    const result = await window.auth0StepUp.handleRedirectCallback()
    if (!result) return 'no step-up'
    if (result.outcome === 'failed') return `failed ${result.error.code}`
    const sent = result.calls.map(({ method, response }) => `${method} ${response?.status}`)
    return ['completed', ...sent].join(', ')
  })
}

/** How calls to the API at once end: a status, or a code. */
async function answered(what: string, times = 1): Promise<readonly string[]> {
  return page.evaluate(
    async ({ path, count }) =>
      Promise.all(
        Array.from({ length: count }, async () =>
          window.auth0StepUp.fetch(path, { method: 'POST', body: 'x' }).then(
            async (response) => `${response.status} ${await response.text()}`,
            (error: { code?: string }) => error.code ?? 'an error without a code',
          ),
        ),
      ),
    { path: `/api/${what}`, count: times },
  )
}

/** The level that the library's own cache gives. */
async function libraryLevel(): Promise<unknown> {
  return page.evaluate(async () => {
    const claims = await window.auth0Client.getIdTokenClaims()
    return claims && [claims.sub, claims.acr]
  })
}

describe('an app that logs in by auth0-spa-js', () => {
  it('steps up in a popup and sends the call once more, past the cache of the library', async () => {
    endpoints.person = { sub: 'alice', acr: 'mfa', provedAgo: 0 }
    expect(await answered('details')).toEqual(['200 x'])
    expect(calls).toEqual(['POST details basic', 'POST details mfa'])
    expect(Object.fromEntries(endpoints.requests.at(-1) ?? [])).toMatchObject({
      acr_values: 'mfa',
      max_age: '600',
      response_mode: 'web_message',
    })
    // The next call has the better token at once; the login is as it was.
    expect(await answered('details')).toEqual(['200 x'])
    expect(calls).toHaveLength(3)
    expect(await libraryLevel()).toEqual(['alice', 'basic'])
  })

  it('joins ten challenged calls to one step-up', async () => {
    endpoints.person = { sub: 'alice', acr: 'mfa', provedAgo: 0 }
    expect(await answered('details', 10)).toEqual(Array.from({ length: 10 }, () => '200 x'))
    expect(endpoints.requests).toHaveLength(2)
  })

  it('stops with `step_up_failed` where the API still asks (RFC 9470 §5)', async () => {
    endpoints.person = { sub: 'alice', acr: 'mfa', provedAgo: 0 }
    expect(await answered('never')).toEqual(['step_up_failed'])
    expect(calls).toHaveLength(2)
  })

  it.each([
    ['a weaker level', { sub: 'alice', acr: 'basic', provedAgo: 0 }, 'step_up_unmet'],
    ['an older proof', { sub: 'alice', acr: 'mfa', provedAgo: 3600 }, 'step_up_unmet'],
    ['another person', { sub: 'mallory', acr: 'mfa', provedAgo: 0 }, 'different_user'],
  ])('an answer with %s is dropped; neither call nor login sees it', async (_, given, code) => {
    endpoints.person = given
    expect(await answered('details')).toEqual([code])
    expect(calls).toEqual(['POST details basic'])
    expect(await libraryLevel()).toEqual(['alice', 'basic'])
    expect(await answered('accounts')).toEqual(['200 x'])
    expect(calls.at(-1)).toBe('POST accounts basic')
  })

  it.each([
    ['access_denied', 'step_up_cancelled'],
    ['unmet_authentication_requirements', 'step_up_unmet'],
    ['temporarily_unavailable', 'provider_unavailable'],
  ])('the answer `%s` ends in `%s`', async (error, code) => {
    endpoints.error = error
    expect(await answered('details')).toEqual([code])
    expect(await libraryLevel()).toEqual(['alice', 'basic'])
  })

  it('a popup that is closed ends in `step_up_cancelled`', async () => {
    endpoints.holds = true
    const [popup, ended] = [page.waitForEvent('popup'), answered('details')]
    const opened = await popup
    await opened.getByText('held').waitFor()
    await opened.close()
    expect(await ended).toEqual(['step_up_cancelled'])
  })

  it('an aborted call closes the popup that nobody else waits for', async () => {
    endpoints.holds = true
    const popup = page.waitForEvent('popup')
    await page.evaluate(() => {
      const control = new AbortController()
      window.addEventListener('stop', () => control.abort())
      void window.auth0StepUp.fetch('/api/details', { signal: control.signal }).catch(() => {
        document.title = 'stopped'
      })
    })
    const opened = await popup
    await opened.getByText('held').waitFor()
    const closed = opened.waitForEvent('close')
    await page.evaluate(() => dispatchEvent(new Event('stop')))
    await closed
    await page.waitForFunction(() => document.title === 'stopped')
  })

  it('a browser that opens no popup ends in `popup_blocked`', async () => {
    await page.evaluate(() => {
      window.open = () => null
    })
    expect(await answered('details')).toEqual(['popup_blocked'])
  })

  it.each(['popup', 'redirect'])(
    'that binds its tokens sends proofs, and keeps the key: %s',
    async (mode) => {
      await page.evaluate((how) => Object.assign(sessionStorage, { dpop: 'on', mode: how }), mode)
      await page.goto(origin)
      await ready()
      await page.evaluate(() => void window.auth0Client.loginWithRedirect())
      expect(await backFromRedirect()).toBe('no step-up')
      expect(await answered('accounts')).toEqual(['200 x'])
      endpoints.person = { sub: 'alice', acr: 'mfa', provedAgo: 0 }
      if (mode === 'popup') expect(await answered('details')).toEqual(['200 x'])
      else {
        await page.goto(origin)
        await ready()
        await page.evaluate(() => void window.auth0StepUp.fetch('/api/details', { method: 'POST' }))
        expect(await backFromRedirect()).toBe('completed, POST 200')
      }
      expect(calls).toEqual(['POST accounts basic', 'POST details basic', 'POST details mfa'])
      expect(endpoints.keys.size).toBe(1)
    },
  )

  describe('by redirect', () => {
    beforeEach(async () => {
      await page.evaluate(() => {
        sessionStorage.mode = 'redirect'
      })
      await page.goto(origin)
      await ready()
    })

    const leave = async () =>
      page.evaluate(() => void window.auth0StepUp.fetch('/api/details', { method: 'POST' }))

    it('steps up, sends the call that it interrupted once, and the calls have the better token', async () => {
      endpoints.person = { sub: 'alice', acr: 'mfa', provedAgo: 0 }
      await leave()
      expect(await backFromRedirect()).toBe('completed, POST 200')
      expect(calls).toEqual(['POST details basic', 'POST details mfa'])
      expect(await answered('details')).toEqual(['200 x'])
    })

    it('turned down it says so, and the login is as it was', async () => {
      endpoints.error = 'access_denied'
      await leave()
      expect(await backFromRedirect()).toBe('failed step_up_cancelled')
      expect(await libraryLevel()).toEqual(['alice', 'basic'])
    })

    it('another person is put out', async () => {
      endpoints.person = { sub: 'mallory', acr: 'mfa', provedAgo: 0 }
      await leave()
      expect(await backFromRedirect()).toBe('failed different_user')
      expect(calls).toEqual(['POST details basic'])
      expect(await libraryLevel()).toBeUndefined()
    })
  })
})
