import type { Browser } from '@playwright/test'
import { type TestPerson, freePort } from '@newel/testing/house'
import { openForeignHouse, resource } from './foreign-house.ts'
import { type GuardedApp, serveGuardedApp } from './guarded-app.ts'
import { openBrowser } from './person-in-browser.ts'

export interface SinglePageApp extends GuardedApp {
  readonly browser: Browser
  /** Somebody new with a password and one-time codes, named after `like`. */
  addPerson(like: string): Promise<TestPerson>
}

/** A single-page app, the API and the provider that it uses, and a browser to open it with. */
export async function openSinglePageApp(page: {
  /** Where the provider leads back to, such as `/callback`. */
  readonly redirectPaths: readonly string[]
  readonly html: (addresses: { readonly issuer: string; readonly origin: string }) => string
  /** Scripts by path. */
  readonly scripts: Readonly<Record<string, string>>
  /** Default: `foreign`. */
  readonly clientId?: string
  /** `0`: it gets no refresh tokens. Absent: as the document has it by default. */
  readonly refreshTokenLifetime?: 0
}): Promise<SinglePageApp> {
  const port = await freePort()
  const origin = `http://localhost:${port}`
  const { clientId, refreshTokenLifetime, scripts } = page
  const house = await openForeignHouse({
    type: 'spa',
    redirectUris: page.redirectPaths.map((path) => origin + path),
    ...(clientId !== undefined && { id: clientId }),
    ...(refreshTokenLifetime === 0 && { refreshTokenLifetime }),
  })
  const { issuer } = house
  const html = page.html({ issuer, origin })
  const app = await serveGuardedApp(port, { issuer, audience: resource, scripts, html })
  const browser = await openBrowser()
  let people = 0
  return {
    ...app,
    browser,
    async addPerson(like) {
      people += 1
      return house.addPerson(`${like}${people}`, { totp: true })
    },
    async close() {
      await browser.close()
      await app.close()
      await house.close()
    },
  }
}
