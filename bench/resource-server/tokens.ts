import { generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

export type Algorithm = 'ES256' | 'RS256' | 'EdDSA'

export const audience = 'https://api.test'

/** A signing key of the provider, and tokens by it. */
export interface Signer {
  readonly algorithm: Algorithm
  readonly jwk: Readonly<Record<string, unknown>>
  readonly publicPem: string
  /** `count` tokens no two of which are alike. */
  sign(issuer: string, acr: string, count: number): readonly string[]
}

export function createSigner(algorithm: Algorithm): Signer {
  const { privateKey, publicKey } = keyPair(algorithm)
  let number = 0
  return {
    algorithm,
    jwk: { ...publicKey.export({ format: 'jwk' }), kid: algorithm, alg: algorithm, use: 'sig' },
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }) as string,
    sign: (issuer, acr, count) =>
      Array.from({ length: count }, () => {
        number += 1
        return signOne(algorithm, privateKey, issuer, acr, number)
      }),
  }
}

function keyPair(algorithm: Algorithm): { privateKey: KeyObject; publicKey: KeyObject } {
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' })
  if (algorithm === 'RS256') return generateKeyPairSync('rsa', { modulusLength: 2048 })
  return generateKeyPairSync('ed25519')
}

function signOne(
  alg: Algorithm,
  key: KeyObject,
  issuer: string,
  acr: string,
  number: number,
): string {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: issuer,
    aud: audience,
    sub: `person${number}`,
    client_id: 'web',
    jti: `${acr}${number}`,
    iat: now,
    exp: now + 3600,
    acr,
    amr: ['pwd', 'otp'],
    auth_time: now,
    scope: 'accounts payments',
  }
  const input = `${encode({ alg, kid: alg, typ: 'at+jwt' })}.${encode(claims)}`
  const signature = sign(
    alg === 'EdDSA' ? null : 'sha256',
    Buffer.from(input),
    alg === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' } : key,
  )
  return `${input}.${signature.toString('base64url')}`
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
