import 'reflect-metadata'
import { createServer } from 'node:http'
import type { RequestListener, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { All, Controller, Get, HttpCode, Module, Post, Req, UseGuards } from '@nestjs/common'
import type { CanActivate, ExecutionContext, INestApplication } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import express from 'express'
import type { NextFunction, Request as ExpressRequest, Response as ExpressResponse } from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import type { Context } from 'hono'
import Koa from 'koa'
import type { Context as KoaContext } from 'koa'
import type { RequirementDeclaration, ResourceServer, VerifiedToken } from '@newel/resource-server'
import {
  protect as protectExpress,
  verifiedToken as expressToken,
} from '@newel/resource-server/express'
import {
  protect as protectFastify,
  verifiedToken as fastifyToken,
} from '@newel/resource-server/fastify'
import { protect as protectFetch } from '@newel/resource-server/fetch'
import { protect as protectHono } from '@newel/resource-server/hono'
import { protect as protectKoa, verifiedToken as koaToken } from '@newel/resource-server/koa'
import { protect as protectNest, verifiedToken as nestToken } from '@newel/resource-server/nestjs'

/** One small API, the same in each framework. */
export interface App {
  readonly origin: string
  close(): Promise<void>
}

export type StartApp = (api: ResourceServer) => Promise<App>

/** What each route asks, where it does not depend on the request. */
const staticRoutes: Readonly<Record<string, RequirementDeclaration | undefined>> = {
  '/accounts': undefined,
  '/payment-details': { acr: 'mfa', maxAge: '10m' },
  '/admin': { acr: 'phr' },
  '/recent': { maxAge: 60 },
  '/statements': { scope: 'statements' },
  '/limits': { acr: 'phr', scope: 'limits' },
  '/either': { acr: ['phr', 'mfa'] },
}

/** The amount decides. */
function transferRequirement(body: unknown): RequirementDeclaration | undefined {
  const { amount } = body as { amount: number }
  return amount >= 1000 ? { acr: 'phr', maxAge: 0 } : undefined
}

const brokenRequirement = (): RequirementDeclaration => {
  throw new Error('the rule is broken')
}

function view(token: VerifiedToken): Record<string, unknown> {
  return { subject: token.subject, acr: token.authentication.acr ?? null }
}

const startFastify: StartApp = async (api) => {
  const app = fastify()
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('Access-Control-Expose-Headers', 'X-App')
  })
  for (const [path, declaration] of Object.entries(staticRoutes)) {
    app.all(path, { preHandler: protectFastify(api.require(declaration)) }, async (request) =>
      view(fastifyToken(request)),
    )
  }
  app.post(
    '/transfers',
    { preHandler: protectFastify(api.require((request) => transferRequirement(request.body))) },
    async (request) => view(fastifyToken(request)),
  )
  app.get(
    '/broken',
    { preHandler: protectFastify(api.require(brokenRequirement)) },
    async () => ({}),
  )
  app.get('/unprotected', async (request) => view(fastifyToken(request)))
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  return { origin, close: () => app.close() }
}

const startExpress: StartApp = async (api) => {
  const app = express()
  app.use(express.json())
  app.use((_request, response, next) => {
    response.setHeader('Access-Control-Expose-Headers', 'X-App')
    next()
  })
  for (const [path, declaration] of Object.entries(staticRoutes)) {
    app.all(path, protectExpress(api.require(declaration)), (request, response) => {
      response.json(view(expressToken(request)))
    })
  }
  app.post(
    '/transfers',
    protectExpress(api.require((request) => transferRequirement(request.body))),
    (request, response) => {
      response.json(view(expressToken(request)))
    },
  )
  app.get('/broken', protectExpress(api.require(brokenRequirement)), (_request, response) => {
    response.json({})
  })
  app.get('/unprotected', (request, response) => {
    response.json(view(expressToken(request)))
  })
  // Express prints unhandled errors; a handler of the application's own does not.
  app.use(
    (_error: unknown, _request: ExpressRequest, response: ExpressResponse, _next: NextFunction) => {
      response.status(500).json({})
    },
  )
  return serveNode(app)
}

async function serveNode(listener: RequestListener): Promise<App> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

const startKoa: StartApp = async (api) => {
  const app = new Koa()
  // Koa prints unhandled errors; a handler of the application's own does not.
  app.on('error', () => undefined)
  app.use(async (ctx, next) => {
    ctx.set('Access-Control-Expose-Headers', 'X-App')
    await next()
  })
  app.use(async (ctx, next) => {
    if (ctx.method === 'POST') {
      const chunks: Buffer[] = []
      for await (const chunk of ctx.req) chunks.push(chunk as Buffer)
      ctx.state['body'] = JSON.parse(Buffer.concat(chunks).toString() || '{}') as unknown
    }
    await next()
  })
  const guards = new Map(
    Object.entries(staticRoutes).map(([path, declaration]) => [
      path,
      protectKoa(api.require(declaration)),
    ]),
  )
  guards.set(
    '/transfers',
    protectKoa(api.require((ctx: KoaContext) => transferRequirement(ctx.state['body']))),
  )
  guards.set('/broken', protectKoa(api.require(brokenRequirement)))
  app.use(async (ctx, next) => {
    const guard = guards.get(ctx.path)
    await (guard ? guard(ctx, next) : next())
  })
  app.use((ctx) => {
    ctx.body = view(koaToken(ctx))
  })
  const handle = app.callback()
  return serveNode((request, response) => {
    void handle(request, response)
  })
}

/** A controller without decorators, which Node does not read: they are functions all the same. */
function nestModule(api: ResourceServer): new () => object {
  class ApiController {
    answer(request: object): Record<string, unknown> {
      return view(nestToken(request))
    }
  }
  const routes: [string, string, MethodDecorator, CanActivate | undefined][] = [
    ...Object.entries(staticRoutes).map(
      ([path, declaration], index): [string, string, MethodDecorator, CanActivate] => [
        `route${index}`,
        path,
        All(path),
        protectNest(api.require(declaration)),
      ],
    ),
    [
      'transfers',
      '/transfers',
      Post('/transfers'),
      protectNest(
        api.require((context: ExecutionContext) =>
          transferRequirement(context.switchToHttp().getRequest<{ body: unknown }>().body),
        ),
      ),
    ],
    ['broken', '/broken', Get('/broken'), protectNest(api.require(brokenRequirement))],
    ['unprotected', '/unprotected', Get('/unprotected'), undefined],
  ]
  for (const [name, , decorate, guard] of routes) {
    const descriptor = { value: ApiController.prototype.answer.bind(undefined), writable: true }
    Object.defineProperty(ApiController.prototype, name, { ...descriptor, configurable: true })
    decorate(ApiController.prototype, name, descriptor)
    HttpCode(200)(ApiController.prototype, name, descriptor)
    if (guard) UseGuards(guard)(ApiController.prototype, name, descriptor)
    Req()(ApiController.prototype, name, 0)
  }
  Controller()(ApiController)
  class ApiModule {
    readonly name = 'api'
  }
  Module({ controllers: [ApiController] })(ApiModule)
  return ApiModule
}

const startNestOnExpress: StartApp = async (api) => {
  const app = await NestFactory.create(nestModule(api), new ExpressAdapter(), { logger: false })
  app.use((_request: ExpressRequest, response: ExpressResponse, next: NextFunction) => {
    response.setHeader('Access-Control-Expose-Headers', 'X-App')
    next()
  })
  return listenNest(app)
}

const startNestOnFastify: StartApp = async (api) => {
  const app = await NestFactory.create(nestModule(api), new FastifyAdapter(), { logger: false })
  app.use(
    (
      _request: unknown,
      response: { setHeader: typeof ServerResponse.prototype.setHeader },
      next: () => void,
    ) => {
      response.setHeader('Access-Control-Expose-Headers', 'X-App')
      next()
    },
  )
  return listenNest(app)
}

async function listenNest(app: INestApplication): Promise<App> {
  await app.listen(0, '127.0.0.1')
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address()
  return { origin: `http://127.0.0.1:${port}`, close: () => app.close() }
}

const startHono: StartApp = async (api) => {
  const app = new Hono()
  app.use(async (c, next) => {
    c.res.headers.set('Access-Control-Expose-Headers', 'X-App')
    await next()
  })
  for (const [path, declaration] of Object.entries(staticRoutes)) {
    app.all(path, protectHono(api.require(declaration)), (c) => c.json(view(c.get('newel'))))
  }
  app.post(
    '/transfers',
    protectHono(api.require(async (c: Context) => transferRequirement(await c.req.json()))),
    (c) => c.json(view(c.get('newel'))),
  )
  app.get('/broken', protectHono(api.require(brokenRequirement)), (c) => c.json({}))
  app.onError((_error, c) => c.json({}, 500))
  return serveFetch(app.fetch)
}

const startFetch: StartApp = async (api) => {
  const routes = new Map(
    Object.entries(staticRoutes).map(([path, declaration]) => [
      path,
      protectFetch(api.require(declaration), (_request, token) => Response.json(view(token))),
    ]),
  )
  routes.set(
    '/transfers',
    protectFetch(
      api.require(async (request) => transferRequirement(await request.json())),
      async (request, token) => {
        // The body was read for the requirement, and must still be here.
        await request.json()
        return Response.json(view(token))
      },
    ),
  )
  routes.set(
    '/broken',
    protectFetch(api.require(brokenRequirement), () => Response.json({})),
  )
  return serveFetch(async (request) => {
    try {
      const route = routes.get(new URL(request.url).pathname)
      return route ? await route(request) : new Response(null, { status: 404 })
    } catch {
      return new Response(null, { status: 500 })
    }
  })
}

function serveFetch(fetch: (request: Request) => Response | Promise<Response>): Promise<App> {
  return new Promise((resolve) => {
    const server = serve({ fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
      resolve({
        origin: `http://127.0.0.1:${port}`,
        close: () => new Promise((closed) => server.close(() => closed())),
      })
    })
  })
}

export const apps: Readonly<Record<string, StartApp>> = {
  Fastify: startFastify,
  Express: startExpress,
  Hono: startHono,
  fetch: startFetch,
  Koa: startKoa,
  'NestJS on Express': startNestOnExpress,
  'NestJS on Fastify': startNestOnFastify,
}
