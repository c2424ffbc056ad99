import { createServer } from 'node:https'
import { getRequestListener } from '@hono/node-server'
import { initTRPC } from '@trpc/server'
import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { createSchema, createYoga } from 'graphql-yoga'
import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { certificateFromHeader } from '@newel/resource-server'
import type { Guard } from '@newel/resource-server'
import { protectField } from '@newel/resource-server/graphql'
import type { ProtectedContext as GraphqlContext } from '@newel/resource-server/graphql'
import { protect as protectHono } from '@newel/resource-server/hono'
import { protect as protectProcedure } from '@newel/resource-server/trpc'
import type { ProtectedContext } from '@newel/resource-server/trpc'
import { apps } from './apps.ts'
import { createCertificate } from './certificate.ts'
import { reason, setUpHarness } from './harness.ts'
import { send } from './send.ts'
import { askingForCertificate, statusOverTls } from './status-over-tls.ts'

const h = setUpHarness()
const certificate = createCertificate()
const { der } = certificate
const header = `:${der.toString('base64')}:`
const others = `:${createCertificate().der.toString('base64')}:`
const clientCertificate = certificateFromHeader('Client-Cert', 'rfc9440')

async function boundToken(): Promise<string> {
  return h.issuer.sign({ cnf: { 'x5t#S256': certificate.thumbprint } })
}

/** Calls of a fetch handler, by the header of the certificate. */
type Call = (certificate: string | undefined) => Promise<Response>

function caller(
  path: string,
  token: string,
  handle: (request: Request) => Response | Promise<Response>,
  body?: unknown,
): Call {
  return async (value) =>
    handle(
      new Request(`https://api.example${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          ...(value !== undefined && { 'client-cert': value }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    )
}

function procedureCall(guard: Guard, token: string): Call {
  const t = initTRPC.context<ProtectedContext>().create()
  const router = t.router({
    accounts: t.procedure.use(protectProcedure(guard)).query(({ ctx }) => ctx.newel.subject),
  })
  return caller('/trpc/accounts', token, async (req) =>
    fetchRequestHandler({ endpoint: '/trpc', router, createContext: (context) => context, req }),
  )
}

function fieldCall(guard: Guard, token: string): Call {
  const yoga = createYoga({
    logging: false,
    schema: createSchema<GraphqlContext>({
      typeDefs: 'type Query { name: String }',
      resolvers: { Query: { name: protectField(guard, () => 'bank') } },
    }),
  })
  return caller('/graphql', token, (request) => yoga.fetch(request), { query: '{ name }' })
}

describe("a certificate in a proxy's header", () => {
  test.each(Object.entries(apps))(
    'is believed on %s where it is switched on',
    async (_name, start) => {
      const api = await h.create({ clientCertificate })
      const app = await start(api)
      const authorization = `Bearer ${await boundToken()}`
      const status = async (headers: Record<string, string>): Promise<number> =>
        (await send(app.origin, '/accounts', { authorization, headers })).status
      try {
        expect(await status({ 'client-cert': header })).toBe(200)
        expect(await status({ 'client-cert': others })).toBe(401)
        expect(await status({})).toBe(401)
      } finally {
        await app.close()
      }
    },
  )

  test.each(Object.entries(apps))('is nothing on %s where it is not', async (_name, start) => {
    const app = await start(h.api)
    const authorization = `Bearer ${await boundToken()}`
    try {
      const headers = { 'client-cert': header }
      expect((await send(app.origin, '/accounts', { authorization, headers })).status).toBe(401)
    } finally {
      await app.close()
    }
  })

  test.each([
    ['tRPC', procedureCall],
    ['GraphQL', fieldCall],
  ] as const)('is believed by %s where it is switched on, and only there', async (_name, open) => {
    const token = await boundToken()
    const api = await h.create({ clientCertificate })
    const call = open(api.require(), token)
    expect((await call(header)).status).toBe(200)
    expect((await call(others)).status).toBe(401)
    expect((await call(undefined)).status).toBe(401)
    expect((await open(h.api.require(), token)(header)).status).toBe(401)
  })

  test("stands instead of the connection's, which is the proxy's own", async () => {
    const api = await h.create({ clientCertificate })
    const authorization = `Bearer ${await boundToken()}`
    const sender = { method: 'GET', url: 'https://api.example/', certificate: der }
    expect(reason(await api.check({ authorization, sender }))).toBe('401 certificate_mismatch')
  })

  test('can be read by code of the API’s own, of whatever the runtime knows', async () => {
    const seen: unknown[] = []
    const api = await h.create({
      clientCertificate: ({ native }) => {
        seen.push(native)
        return der
      },
    })
    const app = new Hono()
    app.get('/', protectHono(api.require()), (c) => c.json({}))
    const authorization = `Bearer ${await boundToken()}`
    expect((await app.request('/', { headers: { authorization } })).status).toBe(200)
    expect(seen).toEqual([expect.objectContaining({ req: expect.anything() as unknown })])
  })
})

test('Hono on Node sees the certificate of a TLS connection that ends there', async () => {
  const app = new Hono()
  app.get('/', protectHono(h.api.require()), (c) => c.json({}))
  const listener = getRequestListener(app.fetch)
  const server = createServer(askingForCertificate(certificate), (request, response) => {
    void listener(request, response)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const token = await boundToken()
  try {
    expect(await statusOverTls(server, token, certificate)).toBe(200)
    expect(await statusOverTls(server, token)).toBe(401)
  } finally {
    server.close()
  }
})
