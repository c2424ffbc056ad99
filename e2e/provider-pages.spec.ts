import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { assets, locales, previews, previewsIn } from '@newel/identity-provider/preview'
import { expect, test as base } from '@playwright/test'
import { expectAccessible, expectNarrow } from './check-accessibility.ts'

/** As strict as the provider's own: a page that needs more than this is broken there. */
const contentSecurityPolicy =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'"

/** `/login` in English, `/de/login` and so on in every language. */
const pages: Readonly<Record<string, string>> = {
  ...previews,
  ...Object.fromEntries(
    locales.flatMap((locale) =>
      Object.entries(previewsIn(locale)).map(([name, page]) => [`${locale}/${name}`, page]),
    ),
  ),
}

const test = base.extend<object, { readonly origin: string }>({
  /** The provider's pages in all their states, at the root of an origin. */
  origin: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixtures that are used from the pattern
    async ({}, provide) => {
      const server = servePreviews()
      await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
      await provide(`http://localhost:${(server.address() as AddressInfo).port}`)
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
    { scope: 'worker' },
  ],
})

// Each test reads pages that never change; one after the other they would keep one worker busy when all else is done.
test.describe.configure({ mode: 'parallel' })

test.describe('accessibility of the provider (axe, light and dark, narrow)', () => {
  const names = Object.keys(previews)
  const groups = {
    'asking for proofs': names.filter((name) => /^(login|step-up|choose|locked)/.test(name)),
    'every refused answer': names.filter((name) => name.startsWith('answer-')),
    'every error': names.filter((name) => name.startsWith('error-')),
    'coming in and back': names.filter((name) => /^(sign-up|reset|lost)/.test(name)),
  }
  const grouped = new Set(Object.values(groups).flat())
  const rest = { 'everything else': names.filter((name) => !grouped.has(name)) }

  for (const [group, members] of Object.entries({ ...groups, ...rest })) {
    test(`pages ${group}`, async ({ page, origin }) => {
      // Up to forty pages, one after the other.
      test.slow()
      const complaints: string[] = []
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text())
      })
      page.on('pageerror', (error) => complaints.push(String(error)))
      expect(members.length).toBeGreaterThan(0)
      for (const name of members) {
        await page.goto(`${origin}/${name}`)
        await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1)
        await expectAccessible(page, name)
      }
      expect(complaints).toEqual([])
    })
  }
})

test.describe('the pages in other languages than English', () => {
  for (const locale of locales.filter((one) => one !== 'en')) {
    test(`fit a narrow screen in ${locale} (WCAG 2.2 §1.4.10)`, async ({ page, origin }) => {
      // More than a hundred pages, one after the other.
      test.slow()
      for (const name of Object.keys(previewsIn(locale))) {
        await page.goto(`${origin}/${locale}/${name}`)
        await expect(page.locator('html')).toHaveAttribute('lang', locale)
        await expectNarrow(page, `${locale}/${name}`)
      }
    })
  }

  test('are accessible in German (axe)', async ({ page, origin }) => {
    test.slow()
    // Refused answers and errors differ in their sentence alone.
    const names = Object.keys(previewsIn('de')).filter((name) => !/^(answer|error)-/.test(name))
    for (const name of names) {
      await page.goto(`${origin}/de/${name}`)
      await expectAccessible(page, `de/${name}`)
    }
  })
})

function servePreviews(): Server {
  return createServer(({ url = '/' }, response) => {
    const asset = assets.find(({ path }) => path === url)
    const page = pages[url.slice(1)]
    response.setHeader('content-security-policy', contentSecurityPolicy)
    if (asset) {
      response.setHeader('content-type', asset.contentType).end(asset.body)
    } else if (page !== undefined) {
      // A page that sends itself stays, to be looked at.
      const still = page.replace(' data-submit-at-once', '')
      response.setHeader('content-type', 'text/html; charset=utf-8').end(still)
    } else {
      response.writeHead(404).end()
    }
  })
}
