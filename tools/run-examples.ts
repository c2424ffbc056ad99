/**
 * Runs the examples that `check-examples.ts` laid out, each against a provider on loopback: without a token, with one of a
 * level too low, and with a good one. Ends by itself; prints what is wrong.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { pathToFileURL } from 'node:url'
import { formatStepUpChallenge } from '@newel/protocol'
import type { ResourceServer } from '@newel/resource-server'
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { type ForeignProvider, foreignProviders } from './foreign-tokens.ts'

/** One example, as the line above its code asks for it: an API that is called. */
export interface HandlerToRun {
  /** Page and line. */
  readonly name: string
  readonly file: string
  readonly method: string
  readonly path: string
  /** JSON. Absent: the request has no body. */
  readonly body?: string
  readonly port: number
}

/** One that exports its resource server, for the tokens of the provider that its page is about. */
export interface TokensToJudge {
  readonly name: string
  readonly file: string
  readonly provider: string
}

/** One that exports a function of an API's answer. */
export interface ChallengeToRead {
  readonly name: string
  readonly file: string
  /** The level that the answer asks for. */
  readonly acr: string
  /** What the function makes of it, as text. */
  readonly expected: string
}

type ExampleToRun = HandlerToRun | TokensToJudge | ChallengeToRead

/** What the examples call their provider and themselves. */
const audience = 'https://api.example.com'

/** All of them together, in milliseconds. */
const longestRun = 60_000

type Handler = (request: Request) => Response | Promise<Response>

const { privateKey, publicKey } = await generateKeyPair('ES256')
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'key', use: 'sig' }] }
const foreign = await generateKeyPair('RS256')
const foreignJwk = { ...(await exportJWK(foreign.publicKey)), kid: 'foreign', use: 'sig' }
const foreignKeys = 'https://keys.example/keys'
const lifetime = 900
const levels = [
  { acr: 'basic', lifetime, satisfies: [] },
  { acr: 'mfa', lifetime, satisfies: ['basic'] },
  { acr: 'phr', lifetime, satisfies: ['basic', 'mfa'] },
]

/** What an example says that it has: `declare const`. */
const brought = {
  redis: { set: async () => 'OK' },
  usedProofs: { use: async () => true },
  nonceSecret: crypto.getRandomValues(new Uint8Array(32)),
}

process.env['INTROSPECTION_SECRET'] = 'a-secret-of-the-examples'
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
  if ('provider' in example) return faultOfTokens(example)
  if ('expected' in example) return faultOfReading(example)
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

async function faultOfTokens({ file, provider: name }: TokensToJudge): Promise<string | undefined> {
  const known = foreignProviders[name]
  if (known === undefined)
    return 'no tokens of this provider are known; add them to `foreign-tokens.ts`'
  // Only the network is not the provider's own. The example was given this instead of `fetch`.
  Object.assign(globalThis, {
    foreignFetch: async (url: string, init?: RequestInit) => {
      const isItsOwn = new URL(url).origin === new URL(known.issuer).origin
      if (!isItsOwn && url !== foreignKeys) return new Response(null, { status: 503 })
      if (url === foreignKeys) return Response.json({ keys: [foreignJwk] })
      const asked = new URLSearchParams(await new Request(url, init).text()).get('token')
      if (asked !== null) return Response.json({ active: true, ...decodeJwt(asked) })
      return Response.json({ issuer: known.issuer, jwks_uri: foreignKeys, ...known.metadata })
    },
    ...brought,
  })
  const { api, changeDetails = known.requirement } = (await import(
    pathToFileURL(file).href
  )) as ProviderExample
  const now = Math.floor(Date.now() / 1000)
  const judged = async (stated: object): Promise<string> => {
    const token = await foreignToken(known, { ...known.claims, ...stated })
    const outcome = await api.check({ authorization: `Bearer ${token}` }, changeDetails)
    return outcome.outcome === 'allowed' ? 'allowed' : `${outcome.status} ${outcome.body?.error}`
  }
  const low = await judged(known.tooLittle(now))
  if (low !== '401 insufficient_user_authentication') return `${low} to a low level`
  const good = await judged(known.enough(now))
  return good === 'allowed' ? undefined : `${good} to a good token`
}

async function faultOfReading({ file, acr, expected }: ChallengeToRead) {
  const exported = (await import(pathToFileURL(file).href)) as Record<string, unknown>
  const [read] = Object.values(exported) as ((answer: Response) => unknown)[]
  const header = formatStepUpChallenge({ scheme: 'Bearer', acrValues: [acr] })
  const answer = new Response(null, { status: 401, headers: { 'www-authenticate': header } })
  const found = String(read?.(answer))
  if (found !== expected) return `makes \`${found}\` of a challenge, not \`${expected}\``
  const other = String(read?.(new Response(null, { status: 401 })))
  return other === 'undefined' ? undefined : `makes \`${other}\` of an answer without a challenge`
}

/** What such a page's example exports. */
interface ProviderExample {
  readonly api: ResourceServer
  readonly changeDetails?: Parameters<ResourceServer['check']>[1]
}

function foreignToken(
  { issuer: iss, audience: aud, typ }: ForeignProvider,
  claims: Readonly<Record<string, unknown>>,
): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({ iss, aud, iat: now, exp: now + 60, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'foreign', ...(typ !== undefined && { typ }) })
    .sign(foreign.privateKey)
}

async function requestOf({ method, path, port, body }: HandlerToRun, token?: string) {
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
  // A good one is a proof made for the call, as an example may want it.
  const proof = acr === 'phr' ? { newel_one_shot: true } : {}
  return new SignJWT({ acr, auth_time: now, client_id: 'web', ...proof })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'key' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject('ada')
    .setJti(crypto.randomUUID())
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
