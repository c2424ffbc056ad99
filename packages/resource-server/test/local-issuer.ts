import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { JWK, JWTHeaderParameters } from 'jose'

/** The time of every test here: no test waits, the clock is moved. */
export const testTime = 1_800_000_000

interface SigningKey {
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly publicJwk: JWK
}

/** A provider in process: discovery, keys, and tokens signed by them. */
export interface LocalIssuer {
  readonly issuer: string
  /** Requests received so far. */
  readonly requests: { metadata: number; jwks: number }
  /** Members laid over the metadata; `undefined` removes one. */
  metadata: Record<string, unknown>
  /** Whether connections are dropped. */
  down: boolean
  readonly publicJwk: JWK
  /** The claims of a good token, with `claims` laid over; `undefined` removes one. */
  claims(claims?: Record<string, unknown>): Record<string, unknown>
  sign(claims?: Record<string, unknown>, header?: Partial<JWTHeaderParameters>): Promise<string>
  /** Sign with a new key from now on; the old one stays published unless `withdraw`. */
  rotate(options?: { withdraw?: boolean }): Promise<void>
  close(): Promise<void>
}

export const testAudience = 'https://api.example'

export const publishedLevels = [
  { acr: 'basic', lifetime: 43_200, satisfies: [] },
  { acr: 'mfa', lifetime: 900, satisfies: ['basic'] },
  { acr: 'phr', lifetime: 300, satisfies: ['mfa', 'basic'] },
]

export async function startLocalIssuer(): Promise<LocalIssuer> {
  let keys = [await createKey('key-1')]
  let keyCount = 1
  let tokenCount = 0
  const requests = { metadata: 0, jwks: 0 }

  const server = createServer((request, response) => {
    if (local.down) {
      request.socket.destroy()
      return
    }
    const body =
      request.url === '/.well-known/openid-configuration'
        ? metadata()
        : request.url === '/jwks'
          ? jwks()
          : undefined
    response.statusCode = body ? 200 : 404
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(body ?? {}))
  })
  // A fuzz run keeps the process busy for longer than an idle connection would be kept.
  server.keepAliveTimeout = 600_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  function metadata(): Record<string, unknown> {
    requests.metadata += 1
    return {
      issuer,
      jwks_uri: `${issuer}/jwks`,
      acr_values_supported: publishedLevels.map(({ acr }) => acr),
      newel_levels: publishedLevels,
      ...local.metadata,
    }
  }

  function jwks(): Record<string, unknown> {
    requests.jwks += 1
    return { keys: keys.map(({ publicJwk }) => publicJwk) }
  }

  const local: LocalIssuer = {
    issuer,
    requests,
    metadata: {},
    down: false,
    get publicJwk() {
      return newest().publicJwk
    },
    claims(claims = {}) {
      tokenCount += 1
      return {
        iss: issuer,
        aud: testAudience,
        sub: 'user-1',
        client_id: 'bank-web',
        jti: `token-${tokenCount}`,
        iat: testTime,
        exp: testTime + 300,
        ...claims,
      }
    },
    sign(claims, header) {
      const { kid, privateKey } = newest()
      return new SignJWT(local.claims(claims))
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid, ...header })
        .sign(privateKey)
    },
    async rotate({ withdraw = false } = {}) {
      keyCount += 1
      const created = await createKey(`key-${keyCount}`)
      keys = withdraw ? [created] : [...keys, created]
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()))
        server.closeAllConnections()
      }),
  }

  function newest(): SigningKey {
    const key = keys.at(-1)
    if (!key) throw new Error('there is always a key')
    return key
  }
  return local
}

async function createKey(kid: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  return { kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, use: 'sig' } }
}
