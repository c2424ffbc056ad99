import { type Server, createServer } from 'node:http'
import {
  type CryptoKey,
  type JWK,
  type JWTPayload,
  SignJWT,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
} from 'jose'
import {
  type AuthorizationAttempt,
  type TestHouse,
  type TestHouseOptions,
  authorizationRequest,
  openTestHouse,
} from '@newel/testing/house'
import { now } from './step-up-house.ts'

/** A house whose clients prove themselves in every way that the document knows. */
export interface ProtocolHouse extends TestHouse {
  readonly keys: ClientKeyPair
  /** Of the client `bank`, too. */
  readonly rsaKeys: ClientKeyPair
  /** Requests that reached the key set at an address. */
  readonly fetched: () => number
  /** What the key set at an address answers with. */
  publish(answer: PublishedKeys): void
}

export interface PublishedKeys {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

export interface ClientKeyPair {
  readonly privateKey: CryptoKey
  readonly publicJwk: JWK
}

export const secret = 'a-secret-of-a-client-of-this-test-1'

export async function clientKeys(algorithm = 'ES256'): Promise<ClientKeyPair> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
  const jwk = await exportJWK(publicKey)
  return { privateKey, publicJwk: { ...jwk, kid: await calculateJwkThumbprint(jwk) } }
}

export async function openProtocolHouse(options: TestHouseOptions = {}): Promise<ProtocolHouse> {
  const keys = await clientKeys()
  const rsaKeys = await clientKeys('RS256')
  let published: PublishedKeys = { body: JSON.stringify({ keys: [keys.publicJwk] }) }
  let fetched = 0
  const server = createServer((_request, response) => {
    fetched += 1
    response.writeHead(published.status ?? 200, published.headers).end(published.body)
  })
  const port = await listen(server)
  const house = await openTestHouse(
    ({ issuer, redirectUri }) => `
issuer: ${issuer}
levels:
  basic: { accepts: [password], lifetime: 12h }
  mfa: { accepts: [password + totp], lifetime: 15m }
resources:
  - { id: 'https://api.test', name: API, scopes: { accounts: Read accounts } }
  - { id: 'https://opaque.test', name: Ledger, scopes: { accounts: Read accounts }, accessTokenFormat: opaque }
clients:
  - { id: web, type: spa, redirectUris: ['${redirectUri}'], default: basic, resources: ['https://api.test', 'https://opaque.test'], scopes: [openid, profile, accounts] }
  - { id: bare, type: spa, redirectUris: ['${redirectUri}'], default: basic, resources: ['https://opaque.test'], scopes: [openid, accounts] }
  - { id: bound, type: spa, redirectUris: ['${redirectUri}'], default: basic, resources: ['https://api.test'], dpop: required }
  - id: keyed
    type: confidential
    authentication: private_key_jwt
    jwks: { keys: [${JSON.stringify(keys.publicJwk)}] }
    redirectUris: ['${redirectUri}']
    default: basic
    resources: ['https://api.test', 'https://opaque.test']
  - id: signing
    type: confidential
    secret: { env: SECRET }
    jwks: { keys: [${JSON.stringify(keys.publicJwk)}] }
    signedRequests: required
    redirectUris: ['${redirectUri}']
    default: basic
    resources: ['https://api.test']
  - { id: published, type: confidential, authentication: private_key_jwt, jwksUri: 'http://localhost:${port}/jwks', clientCredentials: true, redirectUris: ['${redirectUri}'], default: basic, resources: ['https://api.test'] }
  - id: bank
    type: confidential
    profile: fapi2
    jwks: { keys: [${JSON.stringify(keys.publicJwk)}, ${JSON.stringify(rsaKeys.publicJwk)}] }
    redirectUris: ['${redirectUri}']
    default: basic
    resources: ['https://api.test']
  - { id: robot, type: confidential, secret: { env: SECRET }, clientCredentials: true, resources: ['https://api.test', 'https://opaque.test'] }
  - { id: server, type: confidential, secret: { env: SECRET }, redirectUris: ['${redirectUri}'], default: basic, resources: ['https://api.test'] }
  - { id: api, type: confidential, secret: { env: SECRET }, resources: ['https://api.test', 'https://opaque.test'] }
  - { id: stranger, type: confidential, secret: { env: SECRET } }
`,
    {
      ...options,
      clientSecrets: new Map(
        ['signing', 'robot', 'server', 'api', 'stranger'].map((id) => [id, secret]),
      ),
    },
  )
  return {
    ...house,
    keys,
    rsaKeys,
    fetched: () => fetched,
    publish(answer) {
      published = answer
    },
    async close() {
      await house.close()
      server.closeAllConnections()
      server.close()
    },
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, 'localhost', resolve)
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return address.port
}

interface SigningOptions {
  readonly key?: CryptoKey
  readonly header?: Readonly<Record<string, unknown>>
}

async function sign(
  house: Pick<ProtocolHouse, 'keys'>,
  claims: Readonly<Record<string, unknown>>,
  { key = house.keys.privateKey, header = {} }: SigningOptions,
): Promise<string> {
  const kept = Object.fromEntries(
    Object.entries(claims).filter(([, value]) => value !== undefined),
  ) as JWTPayload
  return new SignJWT(kept).setProtectedHeader({ alg: 'ES256', ...header }).sign(key)
}

let proofs = 0

/** RFC 7523 §3. A claim that is `undefined` is left out. */
export async function clientAssertion(
  house: Pick<ProtocolHouse, 'issuer' | 'keys'>,
  clientId: string,
  claims: Readonly<Record<string, unknown>> = {},
  options: SigningOptions = {},
): Promise<string> {
  proofs += 1
  return sign(
    house,
    {
      iss: clientId,
      sub: clientId,
      aud: house.issuer,
      jti: `proof-${proofs}`,
      iat: now(),
      exp: now() + 60,
      ...claims,
    },
    options,
  )
}

/** The parameters by which a client authenticates with an assertion. */
export function asserting(assertion: string): Readonly<Record<string, string>> {
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  }
}

/** A request object (RFC 9101) of the usual request, with what makes a code of its answer. */
export async function requestObject(
  house: ProtocolHouse,
  clientId: string,
  claims: Readonly<Record<string, unknown>> = {},
  options: SigningOptions = {},
): Promise<{ readonly object: string; readonly attempt: AuthorizationAttempt }> {
  const attempt = authorizationRequest(house, {
    client_id: clientId,
    scope: 'openid accounts',
    resource: 'https://api.test',
  })
  const object = await sign(
    house,
    {
      ...Object.fromEntries(attempt.url.searchParams),
      iss: clientId,
      aud: house.issuer,
      iat: now(),
      nbf: now(),
      exp: now() + 60,
      ...claims,
    },
    { ...options, header: { typ: 'oauth-authz-req+jwt', ...options.header } },
  )
  return { object, attempt }
}

/** RFC 9449 §4.2. */
export async function dpopProof(
  keys: ClientKeyPair,
  to: { readonly url: URL; readonly method?: string },
  claims: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  proofs += 1
  return new SignJWT({
    htm: to.method ?? 'POST',
    htu: to.url.href,
    jti: `dpop-${proofs}`,
    iat: now(),
    ...claims,
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: keys.publicJwk })
    .sign(keys.privateKey)
}

export interface EndpointAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** A form sent to an endpoint; `as`: the client whose secret goes with it. */
export async function send(
  house: Pick<TestHouse, 'issuer'>,
  path: string,
  form: Readonly<Record<string, string>>,
  { as, headers = {} }: { as?: string; headers?: Readonly<Record<string, string>> } = {},
): Promise<EndpointAnswer> {
  const response = await fetch(new URL(path, house.issuer), {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: {
      ...(as !== undefined && { authorization: `Basic ${btoa(`${as}:${secret}`)}` }),
      ...headers,
    },
  })
  const text = await response.text()
  const body: unknown = text === '' ? {} : JSON.parse(text)
  return { status: response.status, body: body as Readonly<Record<string, unknown>> }
}
