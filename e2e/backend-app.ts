import { serve } from '@hono/node-server'
import { type Bff, createBff } from '@newel/client/bff'
import { bffRoutes, protect } from '@newel/client/bff/fastify'
import { createResourceServer } from '@newel/resource-server'
import { protect as protectApi } from '@newel/resource-server/hono'
import { freePort, openTestHouse, type TestHouse, type TestPerson } from '@newel/testing/house'
import fastify, { type FastifyRequest } from 'fastify'
import { Hono } from 'hono'

export interface BackendApp {
  readonly origin: string
  readonly house: TestHouse
  readonly ada: TestPerson
  /** Calls of the API that it has acted on, by idempotency key. */
  readonly changes: ReadonlyMap<string, string>
  /** What the app's own route has acted on. */
  readonly notes: readonly string[]
  /** Every token that the API has seen. */
  readonly tokens: ReadonlySet<string>
  /** Resolves at the next logout that the provider tells of. */
  loggedOutElsewhere(): Promise<void>
  close(): Promise<void>
}

const resource = 'https://api.test'
const secret = 'web-secret-web-secret-web-secret-web'

/** A provider, an API that asks for `mfa`, and an app whose pages hold no token. */
export async function openBackendApp(): Promise<BackendApp> {
  const port = await freePort()
  const origin = `http://localhost:${port}`
  const house = await openTestHouse(
    ({ issuer }) => `
issuer: ${issuer}
levels:
  basic: { accepts: [password], lifetime: 12h }
  mfa: { accepts: [password + totp], lifetime: 15m }
resources:
  - { id: '${resource}', name: API, scopes: { accounts: Read accounts } }
clients:
  - { id: web, name: Bank, type: confidential, dpop: required, secret: { env: WEB_SECRET }, redirectUris: ['${origin}/bff/callback'], backchannelLogoutUri: '${origin}/bff/back-channel-logout', default: basic, resources: ['${resource}'], scopes: [openid, accounts] }
`,
    { clientSecrets: new Map([['web', secret]]) },
  )
  const changes = new Map<string, string>()
  const tokens = new Set<string>()
  const api = await serveApi(house.issuer, changes, tokens)
  let told = () => {}
  const bff = createBff({
    issuer: house.issuer,
    clientId: 'web',
    credential: { secret },
    origin,
    scope: 'openid accounts',
    resource,
    dpop: true,
    apiOrigins: [api.origin],
    secrets: ['a secret of this test that is long enough'],
    onEvent: ({ type }) => {
      if (type === 'back_channel_logout') told()
    },
  })
  bff.proxy('/api/*', api.origin)
  const notes: string[] = []
  const app = appOf(bff, notes)
  await app.listen({ port, host: 'localhost' })
  return {
    origin,
    house,
    ada: await house.addPerson('ada', { totp: true }),
    changes,
    notes,
    tokens,
    loggedOutElsewhere: () =>
      new Promise((resolve) => {
        told = resolve
      }),
    async close() {
      await app.close()
      api.close()
      await house.close()
    },
  }
}

async function serveApi(issuer: string, changes: Map<string, string>, tokens: Set<string>) {
  const guards = await createResourceServer({
    issuer,
    audience: resource,
    allowInsecureIssuer: true,
  })
  const app = new Hono()
  app.use(async (c, next) => {
    tokens.add(c.req.header('authorization')?.split(' ')[1] ?? '')
    await next()
  })
  app.get('/accounts', protectApi(guards.require()), (c) => c.json({ balance: 100 }))
  app.post('/details', protectApi(guards.require({ acr: 'mfa', maxAge: '10m' })), async (c) => {
    const key = c.req.header('idempotency-key') ?? crypto.randomUUID()
    // An API that knows such keys acts once.
    if (!changes.has(key)) changes.set(key, await c.req.text())
    return c.html(`<p data-testid="answer">${changes.size} changed</p>`)
  })
  const port = await freePort()
  const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' })
  return { origin: `http://127.0.0.1:${port}`, close: () => server.close() }
}

function appOf(bff: Bff, notes: string[]) {
  const app = fastify({ forceCloseConnections: true })
  app.addHook('onRequest', bffRoutes(bff))
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => Object.fromEntries(new URLSearchParams(body)),
  )
  app.get('/', async (_request, reply) => reply.type('text/html').send(page))
  app.get('/page.js', async (_request, reply) => reply.type('text/javascript').send(script))
  app.post(
    '/notes',
    { onRequest: protect(bff.require({ acr: 'mfa' })) },
    async (request, reply) => {
      notes.push((request.body as { note: string }).note)
      return reply.redirect('/', 303)
    },
  )
  return app
}

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Bank</title>
<main>
<h1>Bank</h1>
<p data-testid="who"></p>
<p data-testid="error"></p>
<p data-testid="result"></p>
<a href="/bff/login?return_to=/">Log in</a>
<form method="post" action="/api/details">
<label>IBAN <input name="iban"></label><button>Change</button>
</form>
<form method="post" action="/notes">
<label>Note <input name="note"></label><button>Write</button>
</form>
<button type="button" id="accounts">Accounts</button>
<button type="button" id="by-script">Change by script</button>
</main>
<script type="module" src="/page.js"></script>
</html>`

const script = `
const show = (id, text) => { document.querySelector('[data-testid=' + id + ']').textContent = text }
const session = await (await fetch('/bff/session')).json()
show('who', session.authenticated ? 'level ' + session.acr : 'nobody')
show('error', new URL(location.href).searchParams.get('bff_error') ?? '')
const call = async (path, init) => {
  const answer = await fetch(path, init)
  if (answer.status === 401) {
    const { error, location: to } = await answer.json()
    show('result', error)
    return location.assign(to)
  }
  show('result', await answer.text())
}
document.querySelector('#accounts').addEventListener('click', () => call('/api/accounts'))
document.querySelector('#by-script').addEventListener('click', () =>
  call('/api/details', { method: 'POST', body: new URLSearchParams({ iban: 'SCRIPT' }) }))
`
