import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { EpochSeconds } from '@newel/policy'
import type { PolicyDocument } from '@newel/policy-document'

export interface TokenIssuer {
  readonly issuer: string
  /** An access token as the provider would make it, signed. RFC 9068. */
  token(claims: TokenClaims): string
  close(): Promise<void>
}

export interface TokenClaims {
  readonly sub: string
  readonly acr: string
  readonly auth_time: EpochSeconds
  readonly newel_one_shot?: true
}

/** A provider reduced to what an API sees of it: metadata, keys, tokens. */
export async function startTokenIssuer(
  { levels, resources }: Pick<PolicyDocument, 'levels' | 'resources'>,
  now: () => EpochSeconds,
): Promise<TokenIssuer> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const kid = randomUUID()
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    const isKeys = request.url === '/jwks.json'
    response.end(JSON.stringify(isKeys ? keys : metadata()))
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`
  const keys = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' }] }
  const metadata = () => ({
    issuer,
    jwks_uri: `${issuer}/jwks.json`,
    acr_values_supported: levels.all.map(({ acr }) => acr),
    newel_levels: levels.all.map(({ acr, lifetimeSeconds, satisfies }) => ({
      acr,
      lifetime: lifetimeSeconds,
      satisfies,
    })),
  })
  return {
    issuer,
    token(claims) {
      const header = { alg: 'ES256', typ: 'at+jwt', kid }
      const payload = {
        iss: issuer,
        aud: resources[0]?.id,
        client_id: 'bank-web',
        scope: 'accounts payments',
        iat: now(),
        exp: now() + 300,
        jti: randomUUID(),
        ...claims,
      }
      const text = [header, payload]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.')
      const signature = sign('sha256', Buffer.from(text), {
        key: privateKey,
        dsaEncoding: 'ieee-p1363',
      })
      return `${text}.${signature.toString('base64url')}`
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
