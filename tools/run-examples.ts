/**
 * Runs the examples that `check-examples.ts` laid out, each against a provider on loopback: without a token, with one of a
 * level too low, and with a good one. Ends by itself; prints what is wrong.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { pathToFileURL } from 'node:url'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

/** One example, as the line above its code asks for it. */
export interface ExampleToRun {
  /** Page and line. */
  readonly name: string
  readonly file: string
  readonly method: string
  readonly path: string
  /** JSON. Absent: the request has no body. */
  readonly body?: string
  readonly port: number
}

/** What the examples call their provider and themselves. */
const audience = 'https://api.example.com'

/** All of them together, in milliseconds. */
const longestRun = 20_000

type Handler = (request: Request) => Response | Promise<Response>

const { privateKey, publicKey } = await generateKeyPair('ES256')
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'key', use: 'sig' }] }
const lifetime = 900
const levels = [
  { acr: 'basic', lifetime, satisfies: [] },
  { acr: 'mfa', lifetime, satisfies: ['basic'] },
  { acr: 'phr', lifetime, satisfies: ['basic', 'mfa'] },
]

const [list = '', issuerPort = ''] = process.argv.slice(2)
const issuer = `http://127.0.0.1:${issuerPort}`
const provider = createServer((request, response) => {
  const metadata = { issuer, jwks_uri: `${issuer}/jwks`, newel_levels: levels }
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(request.url === '/jwks' ? jwks : metadata))
})
await new Promise<void>((resolve) => provider.listen(Number(issuerPort), '127.0.0.1', resolve))
setTimeout(() => {
  console.log(`the examples did not end in ${longestRun / 1000} seconds`)
  process.exit(1)
}, longestRun).unref()

let failed = false
for (const example of JSON.parse(readFileSync(list, 'utf8')) as ExampleToRun[]) {
  const fault = await faultOf(example).catch((error: unknown) => String(error))
  if (fault === undefined) continue
  failed = true
  console.log(`${example.name}: ${fault}`)
}
process.exit(failed ? 1 : 0)

async function faultOf(example: ExampleToRun): Promise<string | undefined> {
  const module = (await import(pathToFileURL(example.file).href)) as Record<string, unknown>
  const exported = module['fetch'] ?? module[example.method]
  const handler = typeof exported === 'function' ? (exported as Handler) : fetch
  const ask = async (acr?: string): Promise<Response> =>
    handler(await requestOf(example, acr === undefined ? undefined : await tokenOf(acr)))
  if (handler === fetch) await untilListening(example.port)
  const stranger = await ask()
  if (stranger.status !== 401) return `${stranger.status} without a token, not 401`
  const low = await ask('basic')
  const challenge = low.headers.get('www-authenticate') ?? ''
  if (low.status !== 401 || !challenge.includes('insufficient_user_authentication')) {
    return `${low.status} \`${challenge}\` to a low level, not a step-up challenge`
  }
  const good = await ask('phr')
  return good.status === 200 ? undefined : `${good.status} to a good token: ${await good.text()}`
}

async function requestOf({ method, path, port, body }: ExampleToRun, token?: string) {
  return new Request(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: {
      accept: 'application/json, text/event-stream',
      connection: 'close',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body }),
  })
}

function tokenOf(acr: string): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({ acr, auth_time: now, client_id: 'web' })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'key' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject('ada')
    .setIssuedAt(now)
    .setExpirationTime(now + 60)
    .sign(privateKey)
}

/** A framework may say that it listens a turn before it does. */
async function untilListening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 40; attempt += 1) {
    try {
      await fetch(`http://127.0.0.1:${port}/`)
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
}
