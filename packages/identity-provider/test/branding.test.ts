import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { pageGrounds } from '@newel/policy-document'
import { type TestHouse, authorizationRequest, openTestHouse } from '@newel/testing/house'
import { openStepUpHouse } from './step-up-house.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function openHouse(sections = '', logo?: Uint8Array): Promise<TestHouse> {
  const house = await openStepUpHouse({ enrolment: sections, ...(logo && { logo }) })
  closing.push(async () => house.close())
  return house
}

/** The login page, after the redirect from the authorization endpoint. */
async function loginPage(
  house: TestHouse,
  headers: Readonly<Record<string, string>> = {},
  parameters: Readonly<Record<string, string>> = {},
): Promise<{ readonly text: string; readonly headers: Headers }> {
  const { url } = authorizationRequest(house, { client_id: 'plain', ...parameters })
  const begun = await fetch(url, { redirect: 'manual', headers })
  const cookie = begun.headers.getSetCookie().map((line) => line.split(';')[0])
  const page = await fetch(new URL(begun.headers.get('location') ?? '', house.issuer), {
    headers: { ...headers, cookie: cookie.join('; ') },
  })
  return { text: await page.text(), headers: page.headers }
}

function brandSheetOf(text: string): string | undefined {
  return /href="([^"]*\/brand-[0-9a-f]{16}\.css)"/.exec(text)?.[1]
}

const branding = `
branding:
  colours: { accent: '#7A1F5C', accentDark: '#e6a3cf' }
  supportUrl: https://www.example.com/help?a=1&b=2
  privacyUrl: https://www.example.com/privacy
`

describe('branding', () => {
  it('brings a sheet with the accent, whose path names its content', async () => {
    const house = await openHouse(branding)
    const page = await loginPage(house)
    const address = brandSheetOf(page.text)
    const sheet = await fetch(new URL(address ?? '', house.issuer))
    expect(sheet.headers.get('content-type')).toBe('text/css; charset=utf-8')
    expect(sheet.headers.get('x-content-type-options')).toBe('nosniff')
    expect(sheet.headers.get('cache-control')).toContain('immutable')
    const css = await sheet.text()
    expect(css).toMatch(/--accent: #7a1f5c;[^}]*--on-accent: #ffffff;/)
    expect(css).toMatch(
      /prefers-color-scheme: dark[^]*--accent: #e6a3cf;[^}]*--on-accent: #0b0f0d;/,
    )

    const other = await openHouse(branding.replace('#7A1F5C', '#24594f'))
    expect(brandSheetOf((await loginPage(other)).text)).not.toBe(address)
  })

  it('needs no exception of the content security policy', async () => {
    const { text, headers } = await loginPage(await openHouse(branding))
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("style-src 'self';")
    expect(policy).not.toContain('unsafe-inline')
    expect(text).not.toMatch(/<style|\sstyle="/)
  })

  it('leads to the stated addresses at the foot, in the language of the page', async () => {
    const { text } = await loginPage(await openHouse(branding), { 'accept-language': 'de' })
    const foot = /<footer class="foot">([^]*?)<\/footer>/.exec(text)?.[1] ?? ''
    expect(foot).toContain('href="https://www.example.com/help?a=1&amp;b=2"')
    expect(foot).toContain('Datenschutz</a>')
    expect(foot.match(/<a /g)).toHaveLength(2)
  })

  it('is on pages of the protocol and of failures too', async () => {
    const house = await openHouse(branding)
    for (const path of ['/authorize?client_id=nobody', '/interaction/none', '/logout/success']) {
      const page = await fetch(new URL(path, house.issuer))
      expect(brandSheetOf(await page.text())).toBeDefined()
    }
  })

  it('shows the logo beside the name, and serves it in a sandbox', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    const house = await openHouse('branding: { logo: logo.png }', Buffer.from(svg))
    const { text } = await loginPage(house)
    const [, address = ''] =
      /<img class="logo" src="(\/assets\/logo-[0-9a-f]{16}\.svg)" alt="" \/>/.exec(text) ?? []
    expect(text).not.toContain('class="mark"')
    const logo = await fetch(new URL(address, house.issuer))
    expect(await logo.text()).toBe(svg)
    expect(logo.headers.get('content-type')).toBe('image/svg+xml')
    expect(logo.headers.get('x-content-type-options')).toBe('nosniff')
    expect(logo.headers.get('content-security-policy')).toBe("sandbox; default-src 'none'")
  })

  it('is served below the path of the issuer', async () => {
    const house = await openTestHouse(
      ({ issuer }) => `
issuer: ${issuer}/id
levels: { basic: { accepts: [password], lifetime: 12h } }
${branding}`,
    )
    closing.push(async () => house.close())
    const page = await fetch(new URL('/id/interaction/none', house.issuer))
    const address = brandSheetOf(await page.text()) ?? ''
    expect(address).toMatch(/^\/id\/assets\//)
    expect((await fetch(new URL(address, house.issuer))).status).toBe(200)
  })

  it('refuses to start with a logo that is none', async () => {
    await expect(openStepUpHouse({ logo: Buffer.from('<html>') })).rejects.toMatchObject({
      code: 'invalid_logo',
    })
  })

  it('without a section leaves the pages as they come', async () => {
    const { text } = await loginPage(await openHouse())
    expect(brandSheetOf(text)).toBeUndefined()
    expect(text).not.toContain('<footer')
  })

  it('is judged on the grounds that the sheet of the pages has', () => {
    const sheet = readFileSync(
      new URL('../src/interaction/assets/pages.css', import.meta.url),
      'utf8',
    )
    const grounds = [...sheet.matchAll(/--(?:ground|card): (#[0-9a-f]{6});/g)].map(
      ([, colour]) => colour,
    )
    expect([...new Set(grounds)]).toEqual([...pageGrounds.light, ...pageGrounds.dark])
  })
})

describe('the language of a page', () => {
  it.each([
    [{ 'accept-language': 'fr, de;q=0.9' }, {}, 'fr'],
    [{ 'accept-language': 'fr' }, { ui_locales: 'ja de-AT' }, 'de'],
    [{ 'accept-language': 'ja' }, {}, 'de'],
    [{}, {}, 'de'],
    [{ 'accept-language': 'ja, *;q=0.5' }, {}, 'de'],
    [{ 'accept-language': 'en' }, {}, 'en'],
  ])(
    'with %j and %j is %s, where the document says `de` (OIDC Core §3.1.2.1, RFC 9110 §12.5.4)',
    async (headers, parameters, locale) => {
      const page = await loginPage(await openHouse('language: de'), headers, parameters)
      expect(page.headers.get('content-language')).toBe(locale)
      expect(page.headers.get('vary')).toMatch(/accept-language/i)
      expect(page.text).toContain(`<html lang="${locale}">`)
    },
  )

  it('is that of the document on pages of the protocol and of failures too', async () => {
    const house = await openHouse('language: fr')
    for (const path of ['/authorize?client_id=nobody', '/interaction/none', '/logout/success']) {
      const page = await fetch(new URL(path, house.issuer), {
        headers: { 'accept-language': 'ja' },
      })
      expect(page.headers.get('content-language')).toBe('fr')
      expect(page.headers.get('vary')).toMatch(/accept-language/i)
    }
  })

  it('is that of the document where a form could not be taken', async () => {
    const house = await openHouse('language: fr')
    const page = await fetch(new URL('/interaction/none', house.issuer), {
      method: 'POST',
      headers: { 'accept-language': 'ja' },
      body: new URLSearchParams({ filler: 'x'.repeat(70_000) }),
    })
    expect(page.status).toBe(413)
    expect(page.headers.get('content-language')).toBe('fr')
    expect(await page.text()).toContain('<html lang="fr">')
  })

  it('is told by discovery (OIDC Discovery §3)', async () => {
    const house = await openHouse()
    const metadata = await fetch(new URL('/.well-known/openid-configuration', house.issuer))
    expect(await metadata.json()).toMatchObject({ ui_locales_supported: ['en', 'de', 'fr'] })
  })
})
