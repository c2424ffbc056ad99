import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import { createResourceServer } from '@newel/resource-server'
import { protect } from '@newel/resource-server/hono'
import { redisMissing, startRedis } from '@newel/testing'
import {
  freePort,
  openTestHouse,
  type TestHouse,
  type TestPerson,
  totpCode,
  type VisitedPage,
  type Visitor,
} from '@newel/testing/house'
import { Hono } from 'hono'
import { cors } from 'hono/cors'

/** What answers at the app's address. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => unknown

/** What the examples call by name: a provider, an API, an app's own address, and the people. */
export interface ExampleWorld {
  readonly house: TestHouse
  /** Asks for `mfa`, proved in the last ten minutes, of every call but those to `/accounts`, and tells what it was sent. */
  readonly api: string
  /** What the API has answered, as `PUT /payments 401`. */
  readonly calls: string[]
  /** The app of the examples. Whatever answers there is the example's. */
  readonly app: string
  serveApp(listener: Listener): void
  /** A person with a password and a one-time code; a code is good once, so each example has its own. */
  newcomer(): Promise<TestPerson>
  /** The example's source with the addresses, folders and stores of this world. */
  placed(source: string): string
  /** Aborted when the example at hand has taken too long. */
  signal: AbortSignal
  /** Lies outside of the repository. */
  readonly folder: string
  close(): Promise<void>
}

/** What the examples read from their environment. */
export const secrets = {
  BANK_CLIENT_SECRET: 'a-secret-of-the-bank-client-000000001',
  BANK_SESSION_SECRET: 'a-secret-of-the-bank-session-00000001',
  REPORT_SECRET: 'a-secret-of-the-report-client-0000001',
}

export async function openWorld(): Promise<ExampleWorld> {
  const [apiPort, appPort] = [await freePort(), await freePort()]
  const [api, app] = [`http://localhost:${apiPort}`, `http://localhost:${appPort}`]
  const house = await openTestHouse(
    ({ issuer }) => `
issuer: ${issuer}
levels:
  basic: { accepts: [password], lifetime: 12h }
  mfa: { accepts: [password + totp], lifetime: 15m, satisfies: [basic] }
resources:
  - { id: '${api}', name: API, scopes: { accounts: Read accounts } }
clients:
  - { id: bank, type: confidential, secret: { env: BANK }, redirectUris: ['${app}/bff/callback'], default: basic, resources: ['${api}'], scopes: [openid, accounts] }
  - { id: bank-web, type: spa, redirectUris: ['${app}/callback', '${app}/popup'], default: basic, resources: ['${api}'], scopes: [openid, accounts] }
  - { id: bank-command, name: Bank command, type: public, redirectUris: ['http://127.0.0.1/callback'], deviceFlow: true, default: basic, resources: ['${api}'] }
  - { id: bank-agent, name: Bank agent, type: public, redirectUris: ['http://127.0.0.1/callback'], deviceFlow: true, default: basic, resources: ['${api}'] }
  - { id: nightly-report, type: confidential, secret: { env: REPORT }, clientCredentials: true, resources: ['${api}'], scopes: [accounts] }
`,
    {
      clientSecrets: new Map([
        ['bank', secrets.BANK_CLIENT_SECRET],
        ['nightly-report', secrets.REPORT_SECRET],
      ]),
    },
  )
  const calls: string[] = []
  const apiServer = serve({
    fetch: (await exampleApi(house, api, calls)).fetch,
    port: apiPort,
    hostname: 'localhost',
  })
  let listener: Listener = (_request, response) => response.writeHead(404).end()
  const appServer = createServer((request, response) => void listener(request, response))
  await new Promise<void>((resolve) => appServer.listen(appPort, 'localhost', resolve))
  const folder = await mkdtemp(join(tmpdir(), 'newel-examples-'))
  const redis = redisMissing() === undefined ? await startRedis() : undefined
  let people = 0
  return {
    house,
    api,
    calls,
    app,
    folder,
    signal: new AbortController().signal,
    serveApp: (own) => {
      listener = own
    },
    newcomer: async () => {
      people += 1
      return house.addPerson(`ada${people}`, { totp: true })
    },
    placed: (source) =>
      source
        .replaceAll(/https:\/\/id\.(example\.com|bank\.example)/g, house.issuer)
        .replaceAll(/https:\/\/api\.(example\.com|bank\.example)/g, api)
        .replaceAll('https://bank.example.com', app)
        .replaceAll('/var/lib', folder)
        .replaceAll(
          /redisStore\(new Redis\('[^']*'\)\)/g,
          redis
            ? `redisStore(new Redis('${redis.url}'))`
            : `(await import('@newel/client/bff')).memoryStore()`,
        ),
    close: async () => {
      await redis?.stop()
      apiServer.close()
      appServer.close()
      await house.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function exampleApi(house: TestHouse, audience: string, calls: string[]): Promise<Hono> {
  const guards = await createResourceServer({
    issuer: house.issuer,
    audience,
    allowInsecureIssuer: true,
  })
  const app = new Hono()
  app.use('*', async (c, next) => {
    await next()
    if (c.req.method !== 'OPTIONS') calls.push(`${c.req.method} ${c.req.path} ${c.res.status}`)
  })
  // Of browsers at the app's address.
  app.use('*', cors({ origin: (origin) => origin, exposeHeaders: ['WWW-Authenticate'] }))
  app.all('/accounts', protect(guards.require()), (c) => c.json({}))
  app.all('*', protect(guards.require({ acr: 'mfa', maxAge: '10m' })), async (c) =>
    c.json({ sent: await c.req.text() }),
  )
  return app
}

/** A person at the provider's pages, until these lead elsewhere. Tells what was asked. */
export async function answerPages(
  visitor: Visitor,
  person: TestPerson,
  first: VisitedPage,
): Promise<{ readonly asked: readonly string[]; readonly last: VisitedPage }> {
  const asked: string[] = []
  let page = first
  for (let count = 0; count < 6 && page.page !== undefined; count += 1) {
    asked.push(page.page)
    if (page.page === 'login') {
      page = await visitor.submit(page, { username: person.username, password: person.password })
    } else if (page.page === 'step-up') {
      const code = totpCode(person.totpKey, Math.floor(Date.now() / 1000))
      page = await visitor.submit(page, { code })
    } else if (page.page === 'consent') page = await visitor.press(page, 'Continue')
    else break
  }
  return { asked, last: page }
}
