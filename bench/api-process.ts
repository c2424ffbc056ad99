import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import fastify from 'fastify'
import { createResourceServer } from '@newel/resource-server'
import { protect } from '@newel/resource-server/fastify'
import { freePort } from '@newel/testing/house'
import { serveMeasurements } from './measured-process.ts'

export interface ApiReady {
  readonly address: string
  readonly tokens: readonly string[]
  readonly lowTokens: readonly string[]
}

const audience = 'https://api.test'
const { privateKey, publicKey } = await generateKeyPair('ES256')
const port = await freePort()
const issuer = `http://localhost:${port}`
const documents: Readonly<Record<string, unknown>> = {
  '/.well-known/openid-configuration': {
    issuer,
    jwks_uri: `${issuer}/jwks.json`,
    acr_values_supported: ['basic', 'mfa'],
    newel_levels: [
      { acr: 'basic', lifetime: 43_200, satisfies: [] },
      { acr: 'mfa', lifetime: 3600, satisfies: ['basic'] },
    ],
  },
  '/jwks.json': { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256', use: 'sig' }] },
}
const provider = createServer((request, response) => {
  const document = documents[request.url ?? '']
  response.statusCode = document === undefined ? 404 : 200
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(document ?? {}))
})
await new Promise<void>((resolve) => {
  provider.listen(port, 'localhost', resolve)
})

const api = await createResourceServer({ issuer, audience, allowInsecureIssuer: true })
const app = fastify()
app.get('/open', async () => ({ ok: true }))
app.get(
  '/protected',
  { preHandler: protect(api.require({ acr: 'mfa', maxAge: 600 })) },
  async () => ({ ok: true }),
)
const address = await app.listen({ port: 0, host: '127.0.0.1' })

async function tokenOf(acr: string, number: number): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({ acr, amr: ['pwd'], auth_time: now, client_id: 'web', scope: 'accounts' })
    .setProtectedHeader({ alg: 'ES256', kid: 'k', typ: 'at+jwt' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(`person${number}`)
    .setJti(`${acr}${number}`)
    .setIssuedAt(now)
    .setExpirationTime(now + 600)
    .sign(privateKey)
}
const numbers = Array.from({ length: 1000 }, (_, number) => number)
serveMeasurements(
  {
    address,
    tokens: await Promise.all(numbers.map(async (number) => tokenOf('mfa', number))),
    lowTokens: await Promise.all(
      numbers.slice(0, 100).map(async (number) => tokenOf('basic', number)),
    ),
  } satisfies ApiReady,
  async () => {
    await app.close()
    provider.close()
  },
)
