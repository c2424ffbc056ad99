import { createHmac } from 'node:crypto'
import { createLocalJWKSet, generateKeyPair, SignJWT } from 'jose'
import { bearer, strong } from './access-case.ts'
import type { AccessCase } from './access-case.ts'
import type { LocalIssuer } from './local-issuer.ts'
import { testTime } from './local-issuer.ts'

const invalidToken =
  'Bearer error="invalid_token", error_description="the access token is not valid"'
const refusedToken = {
  path: '/admin',
  status: 401,
  error: 'invalid_token',
  challenge: invalidToken,
} as const
/** What a token must be before anything of the requirement is told. */
export const tokenCases: readonly AccessCase[] = [
  {
    ...refusedToken,
    title: 'what is no JWT is not valid',
    authorization: async () => 'Bearer opaque',
  },
  {
    ...refusedToken,
    title: 'a wrong signature is refused',
    authorization: async (issuer) => {
      const token = await issuer.sign(strong)
      const at = token.lastIndexOf('.') + 5
      return `Bearer ${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
    },
  },
  {
    ...refusedToken,
    title: 'a signature by another key of the same `kid` is refused',
    authorization: async (issuer) => {
      const { privateKey } = await generateKeyPair('ES256')
      const token = await new SignJWT(issuer.claims(strong))
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: issuer.publicJwk.kid ?? '' })
        .sign(privateKey)
      return `Bearer ${token}`
    },
  },
  {
    ...refusedToken,
    title: 'a key that the token brings along is not used (RFC 8725 §3.10)',
    authorization: async (issuer) => {
      const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
      const jwk = await crypto.subtle.exportKey('jwk', publicKey)
      const token = await new SignJWT(issuer.claims(strong))
        .setProtectedHeader({
          alg: 'ES256',
          typ: 'at+jwt',
          jwk: { kty: 'EC', crv: 'P-256', x: jwk.x ?? '', y: jwk.y ?? '' },
        })
        .sign(privateKey)
      return `Bearer ${token}`
    },
  },
  {
    ...refusedToken,
    title: '`alg: none` is refused',
    authorization: async (issuer) =>
      `Bearer ${encode({ alg: 'none', typ: 'at+jwt' })}.${encode(issuer.claims(strong))}.AA`,
  },
  {
    ...refusedToken,
    title: '`alg: none` without a signature is refused',
    authorization: async (issuer) =>
      `Bearer ${encode({ alg: 'none', typ: 'at+jwt' })}.${encode(issuer.claims(strong))}.`,
  },
  {
    ...refusedToken,
    title: 'HS256 over the public key is refused (RFC 8725 §2.1)',
    authorization: async (issuer) => {
      const key = await createLocalJWKSet({ keys: [issuer.publicJwk] })({ alg: 'ES256' })
      const spki = Buffer.from(await crypto.subtle.exportKey('spki', key)).toString('base64')
      const pem = `-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----\n`
      const header = { alg: 'HS256', typ: 'at+jwt', kid: issuer.publicJwk.kid }
      const signed = `${encode(header)}.${encode(issuer.claims(strong))}`
      return `Bearer ${signed}.${createHmac('sha256', pem).update(signed).digest('base64url')}`
    },
  },
  {
    ...refusedToken,
    title: 'an unknown critical header is refused (RFC 7515 §4.1.11)',
    authorization: async (issuer) =>
      `Bearer ${await tamperedHeader(issuer, { crit: ['odd'], odd: true })}`,
  },
  {
    ...refusedToken,
    title: 'an unknown `kid` is refused',
    authorization: bearer(strong, { kid: 'nobody' }),
  },
  {
    ...refusedToken,
    title: 'another issuer is refused',
    authorization: bearer({ ...strong, iss: 'https://id.example' }),
  },
  {
    ...refusedToken,
    title: 'the issuer with a slash added is another issuer',
    authorization: async (issuer) =>
      `Bearer ${await issuer.sign({ ...strong, iss: `${issuer.issuer}/` })}`,
  },
  {
    ...refusedToken,
    title: 'another audience is refused',
    authorization: bearer({ ...strong, aud: 'https://other.example' }),
  },
  {
    title: 'one audience of several is enough',
    path: '/admin',
    authorization: bearer({ ...strong, aud: ['https://other.example', 'https://api.example'] }),
    status: 200,
  },
  {
    ...refusedToken,
    title: 'an expired token is refused as such',
    challenge: 'Bearer error="invalid_token", error_description="the access token is expired"',
    authorization: bearer({ ...strong, exp: testTime - 5 }),
  },
  {
    title: 'an expired token within the clock tolerance passes',
    path: '/admin',
    authorization: bearer({ ...strong, exp: testTime - 4 }),
    status: 200,
  },
  {
    ...refusedToken,
    title: 'a token without expiry is refused',
    authorization: bearer({ ...strong, exp: undefined }),
  },
  {
    ...refusedToken,
    title: 'an expiry that is no number is refused',
    authorization: async (issuer) =>
      `Bearer ${await issuer.sign({ ...strong, exp: '99999999999' as unknown as number })}`,
  },
  {
    ...refusedToken,
    title: 'a token that is not valid yet is refused',
    authorization: bearer({ ...strong, nbf: testTime + 6 }),
  },
  {
    ...refusedToken,
    title: 'a token issued in the future, beyond the tolerance, is refused',
    authorization: bearer({ ...strong, iat: testTime + 6 }),
  },
  {
    ...refusedToken,
    title: 'a token without a subject is refused (RFC 9068 §2.2)',
    authorization: bearer({ ...strong, sub: undefined }),
  },
  {
    ...refusedToken,
    title: 'an ID token is not an access token: `typ` JWT is refused (RFC 9068 §4)',
    authorization: bearer(strong, { typ: 'JWT' }),
  },
  {
    title: '`typ` may carry `application/` and any case (RFC 7515 §4.1.9)',
    path: '/admin',
    authorization: bearer(strong, { typ: 'application/AT+JWT' }),
    status: 200,
  },
  {
    ...refusedToken,
    title:
      'a token that would need step-up and is expired learns nothing of the level (RFC 9470 §9)',
    challenge: 'Bearer error="invalid_token", error_description="the access token is expired"',
    authorization: bearer({ acr: 'basic', exp: testTime - 60 }),
  },
]

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** A token whose header was changed after signing: refused for its header or its signature, whichever is seen first. */
async function tamperedHeader(
  issuer: LocalIssuer,
  header: Record<string, unknown>,
): Promise<string> {
  const [, payload = '', signature = ''] = (await issuer.sign(strong)).split('.')
  const changed = { alg: 'ES256', typ: 'at+jwt', kid: issuer.publicJwk.kid, ...header }
  return `${encode(changed)}.${payload}.${signature}`
}
