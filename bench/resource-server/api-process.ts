import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import fastifyJwt from '@fastify/jwt'
import { serve } from '@hono/node-server'
import { createResourceServer } from '@newel/resource-server'
import type { Guard } from '@newel/resource-server'
import { protect as protectExpress } from '@newel/resource-server/express'
import { protect as protectFastify } from '@newel/resource-server/fastify'
import { protect as protectHono } from '@newel/resource-server/hono'
import express from 'express'
import { auth, claimEquals } from 'express-oauth2-jwt-bearer'
import fastify from 'fastify'
import { Hono } from 'hono'
import { jwk } from 'hono/jwk'
import passport from 'passport'
import { ExtractJwt, Strategy } from 'passport-jwt'
import { serveMeasurements } from '../measured-process.ts'
import { startLocalProvider } from './local-provider.ts'
import { audience, createSigner } from './tokens.ts'
import type { Algorithm } from './tokens.ts'

/** What the parent measures: routes by name, and tokens by what they are for. */
export interface ApiReady {
  readonly address: string
  readonly routes: readonly string[]
  readonly live: readonly string[]
  readonly low: readonly string[]
  /** Used once each, in the order of the list. */
  readonly fresh: readonly string[]
}

const {
  BENCH_FRAMEWORK: framework = 'fastify',
  BENCH_ALGORITHM: algorithm = 'ES256',
  BENCH_LIVE: liveCount = '1000',
  BENCH_FRESH: freshCount = '0',
} = process.env
const signer = createSigner(algorithm as Algorithm)
const provider = await startLocalProvider([signer.jwk])
const { issuer } = provider
const cacheSize = Math.max(10_000, Number(liveCount) * 2)
const api = await createResourceServer({
  issuer,
  audience,
  allowInsecureIssuer: true,
  cacheSize,
})
const guard: Guard = api.require({ acr: 'mfa', maxAge: '1h' })

/** A page as an API answers it: the last movements of an account. */
const movements = Array.from({ length: 20 }, (_, number) => ({
  id: `m${number}`,
  payee: 'Stadtwerke',
  amount: -12.5 * number,
  currency: 'EUR',
  at: '2026-11-24T09:00:00Z',
}))

interface Started {
  readonly address: string
  readonly routes: readonly string[]
  close(): Promise<void>
}

async function answerFastify(): Promise<unknown> {
  return movements
}

async function startFastify(): Promise<Started> {
  const app = fastify()
  await app.register(fastifyJwt, {
    secret: { public: signer.publicPem },
    verify: { allowedIss: issuer, allowedAud: audience, cache: cacheSize },
  })
  app.get('/open', answerFastify)
  app.get('/newel', { preHandler: protectFastify(guard) }, answerFastify)
  app.get('/fastify-jwt', { preHandler: async (request) => request.jwtVerify() }, answerFastify)
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  return { address, routes: ['newel', 'fastify-jwt'], close: async () => app.close() }
}

const answerExpress: express.RequestHandler = (_request, response) => {
  response.json(movements)
}

async function startExpress(): Promise<Started> {
  const app = express()
  passport.use(
    new Strategy(
      {
        jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
        secretOrKey: signer.publicPem,
        algorithms: [signer.algorithm as 'ES256'],
        issuer,
        audience,
      },
      (claims: unknown, done: (error: null, user: unknown) => void) => {
        done(null, claims)
      },
    ),
  )
  const bearer = auth({
    issuer,
    audience,
    jwksUri: `${issuer}/jwks.json`,
    tokenSigningAlg: signer.algorithm,
  })
  app.get('/open', answerExpress)
  app.get('/newel', protectExpress(guard), answerExpress)
  app.get('/express-oauth2-jwt-bearer', bearer, claimEquals('acr', 'mfa'), answerExpress)
  app.get(
    '/passport-jwt',
    passport.authenticate('jwt', { session: false }) as express.RequestHandler,
    answerExpress,
  )
  const server = createServer(app)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    routes: ['newel', 'express-oauth2-jwt-bearer', 'passport-jwt'],
    close: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function startHono(): Promise<Started> {
  const app = new Hono()
  app.get('/open', (c) => c.json(movements))
  app.get('/newel', protectHono(guard), (c) => c.json(movements))
  app.get(
    '/hono-jwk',
    jwk({
      keys: [signer.jwk],
      alg: [signer.algorithm],
      verification: { iss: issuer, typ: 'at+jwt' },
    }),
    (c) => c.json(movements),
  )
  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
      resolve({
        address: `http://127.0.0.1:${port}`,
        routes: ['newel', 'hono-jwk'],
        close: async () => {
          server.close()
        },
      })
    })
  })
}

const start = { fastify: startFastify, express: startExpress, hono: startHono }[framework]
if (!start) throw new Error(`there is no framework ${framework}`)
const started = await start()
serveMeasurements(
  {
    address: started.address,
    routes: started.routes,
    live: signer.sign(issuer, 'mfa', Number(liveCount)),
    low: signer.sign(issuer, 'basic', 100),
    fresh: signer.sign(issuer, 'mfa', Number(freshCount)),
  } satisfies ApiReady,
  async () => {
    await started.close()
    provider.close()
  },
)
