import { once } from 'node:events'
import { createServer } from 'node:http'
import { serve, type ServerType } from '@hono/node-server'
import { type Bff, createBff, memoryStore } from '@newel/client/bff'
import { bffRoutes as expressRoutes, protect as expressGuard } from '@newel/client/bff/express'
import { bffRoutes as fastifyRoutes, protect as fastifyGuard } from '@newel/client/bff/fastify'
import { bffRoutes as honoRoutes, protect as honoGuard } from '@newel/client/bff/hono'
import { bffHandlers, protect as nextGuard } from '@newel/client/bff/next'
import { createResourceServer } from '@newel/resource-server'
import { protect } from '@newel/resource-server/fetch'
import { freePort, openTestHouse, type TestHouse, type TestPerson } from '@newel/testing/house'
import express from 'express'
import fastify, { type FastifyRequest } from 'fastify'
import { Hono } from 'hono'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { AppBrowser } from './app-browser.ts'

const resource = 'https://api.test'
const secretOf = (id: string) => `${id}-secret-${id}-secret-${id}-secret`
const frameworks = ['express', 'fastify', 'hono', 'next'] as const
type Framework = (typeof frameworks)[number]
/** These may only have tokens that are bound to a key, and their API wants its own nonce in each proof. RFC 9449 §5.2, §9. */
const bound: ReadonlySet<Framework> = new Set(['fastify', 'next'])

let house: TestHouse
let ada: TestPerson
let apiServer: ServerType
let apiOrigin: string
let ports: Record<Framework, number>
const apiCalls: string[] = []
const schemes = new Set<string>()
/** What the app's own guarded route has done, by what its framework has read of the form. */
const ownActs: string[] = []

beforeAll(async () => {
  const free = await Promise.all(frameworks.map(async (name) => [name, await freePort()] as const))
  ports = Object.fromEntries(free) as Record<Framework, number>
  house = await openTestHouse(
    ({ issuer }) => `
issuer: ${issuer}
name: Newel Test
levels:
  basic: { accepts: [password], lifetime: 12h }
  mfa: { accepts: [password + totp], lifetime: 15m, satisfies: [basic] }
  once: { accepts: [password + totp], lifetime: 0, satisfies: [mfa] }
resources:
  - { id: '${resource}', name: API, scopes: { accounts: Read accounts } }
clients:
${frameworks
  .map((name) => {
    const origin = `http://localhost:${ports[name]}`
    return `  - { id: ${name}, type: confidential, dpop: ${bound.has(name) ? 'required' : 'optional'}, secret: { env: ${name.toUpperCase()}_SECRET }, redirectUris: ['${origin}/bff/callback'], backchannelLogoutUri: '${origin}/bff/back-channel-logout', default: basic, resources: ['${resource}'], scopes: [openid, accounts] }`
  })
  .join('\n')}
`,
    { clientSecrets: new Map(frameworks.map((name) => [name, secretOf(name)])) },
  )
  const api = await createResourceServer({
    issuer: house.issuer,
    audience: resource,
    allowInsecureIssuer: true,
    dpop: { nonceSecret: crypto.getRandomValues(new Uint8Array(32)) },
  })
  const details = protect(api.require({ acr: 'mfa', maxAge: '10m' }), async (request, newel) => {
    apiCalls.push(`${request.method} ${await request.text()}`)
    schemes.add(request.headers.get('authorization')?.split(' ')[0] ?? '')
    return Response.json({ subject: newel.subject, acr: newel.authentication.acr })
  })
  const accounts = protect(api.require(), (_request, newel) =>
    Response.json({ subject: newel.subject }),
  )
  const port = await freePort()
  apiServer = serve({
    fetch: (request) =>
      new URL(request.url).pathname === '/details' ? details(request) : accounts(request),
    port,
    hostname: '127.0.0.1',
  })
  apiOrigin = `http://127.0.0.1:${port}`
})

afterAll(async () => {
  apiServer.close()
  await once(apiServer, 'close')
  await house.close()
})

/** Starts an app that has one page of its own. Returns what ends it. */
const starts: Record<Framework, (bff: Bff, port: number) => Promise<() => Promise<unknown>>> = {
  async express(bff, port) {
    const app = express()
    app.use(expressRoutes(bff))
    app.post(
      '/own',
      expressGuard(bff.require({ acr: 'mfa' })),
      express.urlencoded(),
      (request, response) => {
        ownActs.push((request.body as { iban: string }).iban)
        response.send('changed')
      },
    )
    app.use(express.json())
    app.get('/own', (_request, response) => void response.send('own'))
    const server = app.listen(port, 'localhost')
    await once(server, 'listening')
    return async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }
  },
  async fastify(bff, port) {
    const app = fastify({ forceCloseConnections: true })
    app.addHook('onRequest', fastifyRoutes(bff))
    app.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      async (_request: FastifyRequest, body: string) =>
        Object.fromEntries(new URLSearchParams(body)),
    )
    app.get('/own', async () => 'own')
    app.post('/own', { onRequest: fastifyGuard(bff.require({ acr: 'mfa' })) }, async ({ body }) => {
      ownActs.push((body as { iban: string }).iban)
      return 'changed'
    })
    await app.listen({ port, host: 'localhost' })
    return () => app.close()
  },
  async hono(bff, port) {
    const app = new Hono()
    app.use(honoRoutes(bff))
    app.get('/own', (c) => c.text('own'))
    app.post('/now', honoGuard(bff.require({ acr: 'mfa', maxAge: 0 })), (c) => c.text('now'))
    app.post('/once', honoGuard(bff.require({ acr: 'once' })), (c) => c.text('once'))
    app.post('/own', honoGuard(bff.require({ acr: 'mfa' })), async (c) => {
      ownActs.push((await c.req.parseBody<{ iban: string }>()).iban)
      return c.text('changed')
    })
    return serveFetch((request) => app.fetch(request), port)
  },
  async next(bff, port) {
    const handlers = bffHandlers(bff)
    const change = nextGuard(bff.require({ acr: 'mfa' }), async (request) => {
      ownActs.push((await request.formData()).get('iban') as string)
      return new Response('changed')
    })
    return serveFetch(async (request) => {
      const { pathname } = new URL(request.url)
      if (pathname === '/own') {
        return request.method === 'POST' ? change(request, undefined) : new Response('own')
      }
      return handlers[request.method as 'GET'](request)
    }, port)
  },
}

async function serveFetch(fetch: (request: Request) => Response | Promise<Response>, port: number) {
  const server = serve({ fetch, port, hostname: 'localhost' })
  if (!server.listening) await once(server, 'listening')
  return async () => {
    if ('closeAllConnections' in server) server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
}

describe.each(frameworks)('a backend on %s', (framework) => {
  let browser: AppBrowser
  let stop: () => Promise<unknown>
  let loggedOut: Promise<void>

  beforeEach(async () => {
    // A one-time code counts once.
    ada = await house.addPerson(`ada-${framework}`, { totp: true })
    const origin = `http://localhost:${ports[framework]}`
    let told = () => {}
    loggedOut = new Promise((resolve) => {
      told = resolve
    })
    const bff = createBff({
      issuer: house.issuer,
      clientId: framework,
      credential: { secret: secretOf(framework) },
      origin,
      scope: 'openid accounts',
      resource,
      dpop: bound.has(framework),
      apiOrigins: [apiOrigin],
      secrets: ['a secret of this test that is long enough'],
      sessions: framework === 'hono' ? 'cookie' : 'store',
      store: memoryStore(),
      onEvent: ({ type }) => {
        if (type === 'back_channel_logout') told()
      },
    })
    bff.proxy('/api/*', apiOrigin)
    stop = await starts[framework](bff, ports[framework])
    browser = new AppBrowser(origin, house, ada)
  })

  afterEach(async () => {
    await stop()
  })

  it('logs in, parks a form at the challenge, asks for what is missing alone, and sends the form once', async () => {
    apiCalls.length = 0
    schemes.clear()
    const login = await browser.answer(await browser.navigate('/bff/login?return_to=/own'))
    expect(login).toEqual({ asked: ['login:password'], to: '/own' })
    expect(await (await browser.navigate('/own')).text()).toBe('own')
    expect((await browser.script('/api/accounts')).status).toBe(200)

    const parked = await browser.navigate('/api/details', {
      method: 'POST',
      body: 'iban=DE02',
      headers: {
        origin: browser.origin,
        'content-type': 'application/x-www-form-urlencoded',
      },
    })
    const { asked, to } = await browser.answer(parked)
    expect(asked).toEqual(['step-up:totp'])
    const shown = await browser.navigate(to)
    expect(await shown.json()).toEqual({ subject: ada.accountId, acr: 'mfa' })
    expect(apiCalls).toEqual(['POST iban=DE02'])

    const put = await browser.script('/api/details', { method: 'PUT', body: '{"iban":"DE03"}' })
    expect(put.status).toBe(200)
    expect(apiCalls.at(-1)).toBe('PUT {"iban":"DE03"}')
    expect(await browser.session()).toMatchObject({ authenticated: true, acr: 'mfa' })
    expect([...schemes]).toEqual([bound.has(framework) ? 'DPoP' : 'Bearer'])

    await house.provider.endSessions(ada.accountId)
    await loggedOut
    expect(await browser.session()).toEqual({ authenticated: false })
  })
})

describe.each(frameworks)('a guarded route of an app on %s', (framework) => {
  it('tells a script to step up, and acts on a form once, as it was sent, after the step-up', async () => {
    ada = await house.addPerson(`ben-${framework}`, { totp: true })
    ownActs.length = 0
    const origin = `http://localhost:${ports[framework]}`
    const bff = createBff({
      issuer: house.issuer,
      clientId: framework,
      credential: { secret: secretOf(framework) },
      origin,
      dpop: bound.has(framework),
      apiOrigins: [],
      secrets: ['a secret of this test that is long enough'],
    })
    const stop = await starts[framework](bff, ports[framework])
    const browser = new AppBrowser(origin, house, ada)
    await browser.answer(await browser.navigate('/bff/login?return_to=/own'))
    const form = {
      method: 'POST',
      headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
    }
    const told = await browser.script('/own', { ...form, body: 'iban=DE01' })
    expect([told.status, await told.json()]).toMatchObject([401, { error: 'step_up_required' }])

    const { asked, to } = await browser.answer(
      await browser.navigate('/own', { ...form, body: 'iban=DE02' }),
    )
    expect(asked).toEqual(['step-up:totp'])
    const page = await (await browser.navigate(to)).text()
    const [, action = ''] = /action="([^"]*)"/.exec(page) ?? []
    const done = await browser.navigate(action, { ...form, body: '' })
    expect([done.status, await done.text()]).toEqual([200, 'changed'])
    const again = await browser.navigate(action, { ...form, body: '' })
    expect(again.headers.get('location')).toContain('bff_error=transaction_unknown')
    await browser.script('/own', { ...form, body: 'iban=DE03' })
    expect(ownActs).toEqual(['DE02', 'DE03'])
    await stop()
  })
})

describe.each(['/now', '/once'])('a route that wants a proof for each request: %s', (path) => {
  it('acts on the form that it was given for, and asks again for the next', async () => {
    ada = await house.addPerson(`cleo-${path.slice(1)}`, { totp: true })
    const origin = `http://localhost:${ports.hono}`
    const bff = createBff({
      issuer: house.issuer,
      clientId: 'hono',
      credential: { secret: secretOf('hono') },
      origin,
      apiOrigins: [],
      secrets: ['a secret of this test that is long enough'],
    })
    const stop = await starts.hono(bff, ports.hono)
    const browser = new AppBrowser(origin, house, ada)
    await browser.answer(await browser.navigate('/bff/login?return_to=/own'))
    const form = {
      method: 'POST',
      body: 'a=1',
      headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
    }
    const { to } = await browser.answer(await browser.navigate(path, form))
    const page = await (await browser.navigate(to)).text()
    const [, action = ''] = /action="([^"]*)"/.exec(page) ?? []
    const done = await browser.navigate(action, { ...form, body: '' })
    expect([done.status, await done.text()]).toEqual([200, path.slice(1)])
    const told = await browser.script(path, form)
    expect([told.status, await told.json()]).toMatchObject([401, { error: 'step_up_required' }])
    await stop()
  })
})

describe('an app on Express that parses bodies first', () => {
  it('hears of its mistake instead of sending empty calls', async () => {
    const bff = createBff({
      issuer: house.issuer,
      clientId: 'express',
      origin: `http://localhost:${ports.express}`,
      apiOrigins: [apiOrigin],
      secrets: ['a secret of this test that is long enough'],
    })
    bff.proxy('/api/*', apiOrigin)
    const app = express()
    app.use(express.json())
    app.use(expressRoutes(bff))
    app.use(((error: { code?: string }, _request, response, _next) => {
      response.status(500).send(error.code)
    }) satisfies express.ErrorRequestHandler)
    const server = createServer(app).listen(0, 'localhost')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const answer = await fetch(`http://localhost:${port}/api/details`, {
      method: 'PUT',
      body: '{"iban":"DE03"}',
      headers: { 'content-type': 'application/json', 'x-newel-csrf': '1' },
    })
    expect([answer.status, await answer.text()]).toEqual([500, 'configuration'])
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
})
