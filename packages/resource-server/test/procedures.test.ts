import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { initTRPC } from '@trpc/server'
import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import express from 'express'
import { createSchema, createYoga } from 'graphql-yoga'
import { describe, expect, test } from 'vitest'
import { findStepUpChallenge } from '@newel/protocol'
import { protect as protectExpress } from '@newel/resource-server/express'
import { protectField } from '@newel/resource-server/graphql'
import type { FieldCall, ProtectedContext as GraphqlContext } from '@newel/resource-server/graphql'
import { requirementOfTools } from '@newel/resource-server/mcp'
import { protect as protectProcedure, RefusalError } from '@newel/resource-server/trpc'
import type { ProcedureCall, ProtectedContext } from '@newel/resource-server/trpc'
import { setUpHarness } from './harness.ts'
import { testTime } from './local-issuer.ts'

const h = setUpHarness()

async function token(acr: string): Promise<string> {
  return h.issuer.sign({ acr, auth_time: testTime })
}

function askedBy(headers: { get(name: string): string | null }): unknown {
  const reading = findStepUpChallenge(headers.get('www-authenticate'))
  return reading.found && reading.challenge.acrValues
}

describe('tRPC procedures', () => {
  function startRouter(): (
    path: string,
    bearer: string | undefined,
    input?: unknown,
  ) => Promise<Response> {
    const t = initTRPC.context<ProtectedContext>().create()
    const router = t.router({
      accounts: t.procedure
        .use(protectProcedure(h.api.require()))
        .query(({ ctx }) => ctx.newel.subject),
      details: t.procedure
        .use(protectProcedure(h.api.require({ acr: 'phr' })))
        .mutation(({ ctx }) => ctx.newel.authentication.acr),
      transfer: t.procedure
        .use(
          protectProcedure(
            h.api.require(async ({ getRawInput }: ProcedureCall<ProtectedContext>) => {
              const { amount } = (await getRawInput()) as { amount: number }
              return amount >= 1000 ? { acr: 'phr' } : undefined
            }),
          ),
        )
        .input((input) => input as { amount: number })
        .mutation(({ input }) => input.amount),
      denied: t.procedure
        .use(protectProcedure(h.api.require({ scope: 'admin' })))
        .mutation(() => 'done'),
    })
    return async (path, bearer, input) =>
      fetchRequestHandler({
        endpoint: '/trpc',
        router,
        createContext: ({ req, resHeaders }) => ({ req, resHeaders }),
        req: new Request(`https://api.example/trpc/${path}`, {
          method: path === 'accounts' ? 'GET' : 'POST',
          headers: {
            'content-type': 'application/json',
            ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
          },
          ...(path !== 'accounts' && { body: JSON.stringify(input ?? null) }),
        }),
      })
  }

  test('a procedure behind a guard has the token; without one it is 401', async () => {
    const call = startRouter()
    const answer = await call('accounts', await token('basic'))
    expect(await answer.json()).toEqual({ result: { data: 'user-1' } })
    const refused = await call('accounts', undefined)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toBe('Bearer')
    expect(refused.headers.get('cache-control')).toBe('no-store')
  })

  test('a refusal is a challenge on the answer and an error with its code', async () => {
    const call = startRouter()
    const refused = await call('details', await token('basic'))
    expect(refused.status).toBe(401)
    expect(askedBy(refused.headers)).toEqual(['phr'])
    expect(await refused.json()).toMatchObject({
      error: { message: 'insufficient_user_authentication', data: { code: 'UNAUTHORIZED' } },
    })
    expect((await call('details', await token('phr'))).status).toBe(200)
  })

  test('the input decides, and is there for the procedure too', async () => {
    const call = startRouter()
    const small = await call('transfer', await token('basic'), { amount: 10 })
    expect(await small.json()).toEqual({ result: { data: 10 } })
    expect((await call('transfer', await token('basic'), { amount: 1000 })).status).toBe(401)
  })

  test('a missing scope is 403, a provider that is down 503', async () => {
    expect((await startRouter()('denied', await token('phr'))).status).toBe(403)
    const bearer = await token('phr')
    h.issuer.down = true
    h.api = await h.create()
    const answer = await startRouter()('details', bearer)
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('5')
  })

  test('server-side callers find the refusal in the cause', async () => {
    const t = initTRPC.context<ProtectedContext>().create()
    const router = t.router({
      details: t.procedure
        .use(protectProcedure(h.api.require({ acr: 'phr' })))
        .mutation(() => 'done'),
    })
    const req = new Request('https://api.example', {
      headers: { authorization: `Bearer ${await token('basic')}` },
    })
    const caller = t.createCallerFactory(router)({ req, resHeaders: new Headers() })
    const failure: unknown = await caller.details().catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'UNAUTHORIZED' })
    expect((failure as Error).cause).toBeInstanceOf(RefusalError)
    expect((failure as Error).cause).toMatchObject({ refusal: { reason: 'level_missing' } })
  })
})

describe('GraphQL fields', () => {
  function startYoga(): (query: string, bearer?: string) => Promise<Response> {
    const guarded = protectField(h.api.require({ acr: 'phr' }), () => 'iban')
    const transfer = protectField(
      h.api.require(({ args }: FieldCall<GraphqlContext>) =>
        (args['amount'] as number) >= 1000 ? { acr: 'phr' } : undefined,
      ),
      (_source, { amount }: { amount: number }, { newel }) => `${newel.subject} ${amount}`,
    )
    const yoga = createYoga({
      logging: false,
      schema: createSchema<GraphqlContext>({
        typeDefs: `
          type Query { name: String, details: String }
          type Mutation { transfer(amount: Float): String }
        `,
        resolvers: {
          Query: { name: () => 'bank', details: guarded },
          Mutation: { transfer },
        },
      }),
    })
    return async (query, bearer) =>
      yoga.fetch('https://api.example/graphql', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
        },
        body: JSON.stringify({ query }),
      })
  }

  test('a field behind a guard needs its level, the others do not', async () => {
    const ask = startYoga()
    expect(await (await ask('{ name }')).json()).toEqual({ data: { name: 'bank' } })
    const refused = await ask('{ details }', await token('basic'))
    expect(refused.status).toBe(401)
    expect(askedBy(refused.headers)).toEqual(['phr'])
    const body = (await refused.json()) as { errors: unknown[] }
    expect(body.errors[0]).toMatchObject({
      extensions: { code: 'INSUFFICIENT_USER_AUTHENTICATION' },
    })
    expect(JSON.stringify(body)).not.toContain('iban')
    const allowed = await ask('{ details }', await token('phr'))
    expect(await allowed.json()).toEqual({ data: { details: 'iban' } })
  })

  test('the arguments decide', async () => {
    const ask = startYoga()
    const mutation = (amount: number): string => `mutation { transfer(amount: ${amount}) }`
    const small = await ask(mutation(10), await token('basic'))
    expect(await small.json()).toEqual({ data: { transfer: 'user-1 10' } })
    expect((await ask(mutation(1000), await token('basic'))).status).toBe(401)
    expect((await ask(mutation(10))).status).toBe(401)
  })
})

describe('MCP tools', () => {
  const requirementOf = requirementOfTools(
    { transfer: { name: 'transfer', acr: 'phr' }, details: { acr: 'mfa' } },
    { scope: 'mcp' },
  )
  const call = (name: unknown): unknown => ({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name },
  })

  test('a batch needs all that its calls need', () => {
    expect(requirementOf([call('transfer'), call('details'), call('transfer')])).toEqual({
      allOf: [{ name: 'transfer', acr: 'phr' }, { acr: 'mfa' }],
    })
    expect(requirementOf([call('transfer')])).toEqual({ name: 'transfer', acr: 'phr' })
    expect(requirementOf([])).toBeUndefined()
  })

  test('one proof does not do for two calls of a batch', () => {
    const once = requirementOfTools({ pay: { acr: 'phr', maxAge: '0s' }, list: { acr: 'phr' } })
    expect(once([call('pay'), call('list')])).toMatchObject({ allOf: [{ maxAge: '0s' }, {}] })
    expect(() => once([call('pay'), call('list'), call('pay')])).toThrow(
      expect.objectContaining({ code: 'invalid_requirement' }),
    )
  })

  test('what only reports does not stop a batch', () => {
    const reporting = { acr: 'phr', reportOnly: true }
    const tools = requirementOfTools({ pay: reporting, list: { acr: 'mfa' } })
    expect(tools([call('pay'), call('list')])).toEqual({ acr: 'mfa' })
    expect(tools([call('pay'), call('pay')])).toEqual(reporting)
  })

  test.each([
    ['another tool', call('balance')],
    ['another method', { method: 'tools/list' }],
    ['a tool by the name of what every object has', call('toString')],
    ['a name that is none', call(['transfer'])],
    ['no parameters', { method: 'tools/call' }],
    ['no message', null],
    ['a text', 'tools/call'],
  ])('%s needs what stands for the rest', (_title, message) => {
    expect(requirementOf(message)).toEqual({ scope: 'mcp' })
  })

  test('a real client is challenged for the one tool, and calls it with the stronger token', async () => {
    h.api = await h.create({
      metadataUrl: 'https://api.example/.well-known/oauth-protected-resource',
    })
    const app = express()
    app.use(express.json())
    app.post(
      '/mcp',
      protectExpress(
        h.api.require((request: express.Request) =>
          requirementOfTools({ transfer: { acr: 'phr' } })(request.body),
        ),
      ),
      async (request, response) => {
        const server = new McpServer({ name: 'bank', version: '1.0.0' })
        for (const tool of ['balance', 'transfer']) {
          server.registerTool(tool, { description: tool }, async () => ({
            content: [{ type: 'text', text: `${tool} done` }],
          }))
        }
        const transport = new StreamableHTTPServerTransport({})
        await server.connect(transport)
        await transport.handleRequest(request as never, response, request.body)
      },
    )
    const server = createServer(app)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`)

    let bearer = await token('basic')
    let challenge: string | null = null
    const client = new Client({ name: 'agent', version: '1.0.0' })
    const transport = new StreamableHTTPClientTransport(url, {
      fetch: async (target, init) => {
        const headers = new Headers(init?.headers)
        headers.set('authorization', `Bearer ${bearer}`)
        const answer = await fetch(target, { ...init, headers })
        if (answer.status === 401) challenge = answer.headers.get('www-authenticate')
        return answer
      },
    })
    try {
      await client.connect(transport)
      const balance = await client.callTool({ name: 'balance' })
      expect(balance.content).toEqual([{ type: 'text', text: 'balance done' }])
      await expect(client.callTool({ name: 'transfer' })).rejects.toThrow(
        'insufficient_user_authentication',
      )
      expect(challenge).toContain('acr_values="phr"')
      expect(challenge).toContain('resource_metadata="https://api.example/')
      bearer = await token('phr')
      const transfer = await client.callTool({ name: 'transfer' })
      expect(transfer.content).toEqual([{ type: 'text', text: 'transfer done' }])
    } finally {
      await client.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  })
})
