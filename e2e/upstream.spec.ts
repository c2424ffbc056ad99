import { type Server, createServer } from 'node:http'
import { type TestHouse, freePort, openTestHouse } from '@newel/testing/house'
import { type Page, test as base, expect } from '@playwright/test'
import { Provider } from 'oidc-provider'

const secret = 'upstream-secret-upstream-secret-1'

interface Scene {
  readonly house: TestHouse
  /** Opens an authorization request in this browser. */
  readonly ask: (page: Page, parameters?: Readonly<Record<string, string>>) => Promise<void>
}

/** An upstream that is another site than the provider to the browser, with a sign-in page of one button. */
async function startUpstream(callback: string): Promise<{ issuer: string; server: Server }> {
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'newel', client_secret: secret, redirect_uris: [callback] }],
    features: { devInteractions: { enabled: false } },
    cookies: { keys: ['a key of the upstream'] },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client?.clientId ?? '',
        accountId: ctx.oidc.session?.accountId ?? '',
      })
      grant.addOIDCScope('openid')
      await grant.save()
      return grant
    },
  })
  const answer = provider.callback()
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/interaction/') !== true) return void answer(request, response)
    if (request.method === 'POST') {
      return void provider.interactionFinished(request, response, { login: { accountId: 'ada' } })
    }
    response.setHeader('content-type', 'text/html')
    return void response.end(
      '<!doctype html><title>Company</title><form method="post"><button>Sign in here</button></form>',
    )
  })
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve)
  })
  return { issuer, server }
}

const test = base.extend<object, { readonly scene: Scene }>({
  scene: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixtures that are used from the pattern
    async ({}, provide) => {
      const port = await freePort()
      const { issuer, server } = await startUpstream(
        `http://localhost:${port}/federation/company/callback`,
      )
      const house = await openTestHouse(
        (addresses) => `
issuer: ${addresses.issuer}
levels:
  basic: { accepts: [password, federated], lifetime: 12h }
clients:
  - { id: web, type: spa, redirectUris: ['${addresses.redirectUri}'], default: basic }
upstreams:
  - { id: company, name: Example Company, issuer: '${issuer}', clientId: newel, secret: { env: S }, accept: [{ name: any, any: true }] }
`,
        { port, upstreamSecrets: new Map([['company', secret]]) },
      )
      await provide({
        house,
        ask: async (page, parameters = {}) => {
          // Nobody listens at the app's address.
          await page.route(`${house.redirectUri}**`, async (route) =>
            route.fulfill({ body: 'app' }),
          )
          const url = new URL('/authorize', house.issuer)
          url.search = new URLSearchParams({
            client_id: 'web',
            response_type: 'code',
            scope: 'openid',
            redirect_uri: house.redirectUri,
            state: 's',
            nonce: 'n',
            code_challenge: 'a'.repeat(43),
            code_challenge_method: 'S256',
            ...parameters,
          }).toString()
          await page.goto(url.href)
        },
      })
      await house.close()
      server.closeAllConnections()
      server.close()
    },
    { scope: 'worker' },
  ],
})

test('a person links their account at another site, signs in through it, and steps up through it', async ({
  page,
  browser,
  scene: { house, ask },
}) => {
  const complaints: string[] = []
  page.on('console', (message) => {
    const ours = message.location().url.startsWith(house.issuer)
    if (message.type() === 'error' && ours) complaints.push(message.text())
  })
  const { username, password } = await house.addPerson('ada')
  await page.goto(`${house.issuer}/account`)
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('link', { name: 'Link Example Company' }).click()
  await page.getByRole('link', { name: 'Continue with Example Company' }).click()
  await page.getByRole('button', { name: 'Sign in here' }).click()
  await page.getByRole('button', { name: 'Link Example Company' }).click()
  await expect(page.getByRole('status')).toHaveText('Done.')
  await expect(page.getByText('Example Company', { exact: true })).toBeVisible()
  expect(complaints).toEqual([])

  const other = await (await browser.newContext()).newPage()
  await ask(other)
  await other.getByRole('link', { name: 'Continue with Example Company' }).click()
  await other.getByRole('button', { name: 'Sign in here' }).click()
  await expect(other).toHaveURL(/\/callback\?code=/)

  await ask(other, { max_age: '0' })
  await other.getByRole('button', { name: 'Try another way' }).click()
  await other.getByRole('button', { name: 'Example Company' }).click()
  await other.getByRole('link', { name: 'Continue with Example Company' }).click()
  await other.getByRole('button', { name: 'Sign in here' }).click()
  await expect(other).toHaveURL(/\/callback\?code=/)
  await other.context().close()
})

test('a proof by form leads on to the other site', async ({ page, scene: { house } }) => {
  const { username, password } = await house.addPerson('grace')
  await page.goto(`${house.issuer}/account/link/company`)
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('link', { name: 'Continue with Example Company' }).click()
  await expect(page.getByRole('button', { name: 'Sign in here' })).toBeVisible()
})
