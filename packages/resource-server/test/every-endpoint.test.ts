import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { describe, expect, test } from 'vitest'
import type { Guard } from '@newel/resource-server'
import { protect as protectExpress } from '@newel/resource-server/express'
import { protect as protectFastify } from '@newel/resource-server/fastify'
import { protect as protectHono } from '@newel/resource-server/hono'
import { protect as protectKoa } from '@newel/resource-server/koa'
import type { App } from './apps.ts'
import { setUpHarness } from './harness.ts'
import { testTime } from './local-issuer.ts'
import { send } from './send.ts'

const h = setUpHarness()
const data = { movements: ['secret'] }
/** Ways to the same data. */
const paths = ['/movements', '/movements/1', '/movements/export.csv', '/movements/search'] as const

async function listen(listener: RequestListener): Promise<App> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close()
    },
  }
}

/** Each with one guard in front of all routes, stated before they are. */
const mounted: Readonly<Record<string, (guard: Guard) => Promise<App>>> = {
  Fastify: async (guard) => {
    const app = fastify()
    app.addHook('preHandler', protectFastify(guard))
    for (const path of paths) app.all(path, async () => data)
    const origin = await app.listen({ port: 0, host: '127.0.0.1' })
    return { origin, close: () => app.close() }
  },
  Express: async (guard) => {
    const app = express()
    app.use(protectExpress(guard))
    for (const path of paths) app.all(path, (_request, response) => response.json(data))
    return listen(app)
  },
  Hono: async (guard) => {
    const app = new Hono()
    app.use(protectHono(guard))
    for (const path of paths) app.all(path, (c) => c.json(data))
    return new Promise((resolve) => {
      const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
        resolve({
          origin: `http://127.0.0.1:${port}`,
          close: async () => {
            server.close()
          },
        })
      })
    })
  },
  Koa: async (guard) => {
    const app = new Koa()
    app.use(protectKoa(guard))
    app.use((ctx) => {
      ctx.body = data
    })
    const handle = app.callback()
    return listen((request, response) => {
      void handle(request, response)
    })
  },
}

describe.each(Object.entries(mounted))('a guard in front of all of %s', (_name, start) => {
  test('holds every endpoint that reaches the data to the level: one item, list, search and export, by any method', async () => {
    const app = await start(h.api.require({ acr: 'mfa' }))
    const bearer = async (acr: string): Promise<string> =>
      `Bearer ${await h.issuer.sign({ acr, auth_time: testTime })}`
    const [low, enough] = [await bearer('basic'), await bearer('mfa')]
    try {
      for (const path of [...paths, '/movements?format=csv', '/movements/%31']) {
        for (const method of ['GET', 'HEAD', 'POST', 'DELETE']) {
          const refused = await send(app.origin, path, { method, authorization: low })
          expect([path, method, refused.status]).toEqual([path, method, 401])
          expect(JSON.stringify(refused.body)).not.toContain('secret')
        }
      }
      for (const path of paths) {
        expect((await send(app.origin, path, { authorization: enough })).status).toBe(200)
      }
    } finally {
      await app.close()
    }
  })
})
