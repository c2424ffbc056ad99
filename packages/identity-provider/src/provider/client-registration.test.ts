import type { RegistrationConfig } from '@newel/policy-document'
import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { holdToDocument } from './client-registration.ts'

const registration: RegistrationConfig = {
  initialAccessToken: { env: 'TOKEN' },
  redirectOrigins: ['http://localhost:9', 'https://app.example'],
  resources: [],
  scopes: ['openid'],
  refreshTokenLifetimeSeconds: 0,
}

/** Undefined: it was taken. */
function refusalOf(metadata: Record<string, unknown>, issuer: string): unknown {
  try {
    holdToDocument(metadata, registration, issuer)
    return undefined
  } catch (error) {
    return error instanceof Error && 'error' in error ? error.error : error
  }
}

describe('the address of a registered client that is told of logouts', () => {
  const redirects = { redirect_uris: ['http://localhost:9/callback'] }
  const local = { ...redirects, backchannel_logout_uri: 'http://localhost:9/logout' }

  it("is not on the provider's own loopback, where redirects may lead to the person's", () => {
    expect(refusalOf({ ...redirects }, 'https://id.example')).toBeUndefined()
    expect(refusalOf({ ...local }, 'https://id.example')).toBe('invalid_client_metadata')
  })

  it('uses https, or http where the provider itself does, in development', () => {
    const far = { ...redirects, backchannel_logout_uri: 'https://app.example/logout' }
    expect(refusalOf(far, 'https://id.example')).toBeUndefined()
    expect(refusalOf({ ...local }, 'http://localhost:4000')).toBeUndefined()
  })
})

describe('the keys of a registered client', () => {
  const made = (): Record<string, unknown> => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    return { ...publicKey.export({ format: 'jwk' }) }
  }
  const rsa = (bits: number): Record<string, unknown> => ({
    ...generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ format: 'jwk' }),
  })
  const signing = (jwks: unknown): Record<string, unknown> => ({
    redirect_uris: ['https://app.example/callback'],
    token_endpoint_auth_method: 'private_key_jwt',
    jwks,
  })

  it('are kept without what points elsewhere', () => {
    const [key, longer] = [made(), rsa(2048)]
    const stated = { ...key, kid: 'a', x5u: 'http://169.254.169.254/', x5c: ['MII'], key_ops: [] }
    const metadata = signing({ keys: [stated, longer], more: 1 })
    expect(refusalOf(metadata, 'https://id.example')).toBeUndefined()
    expect(metadata['jwks']).toEqual({ keys: [{ ...key, kid: 'a' }, longer] })
  })

  it('are left out where nothing is signed by them', () => {
    const metadata = signing({ keys: [made()] })
    metadata['token_endpoint_auth_method'] = 'none'
    expect(refusalOf(metadata, 'https://id.example')).toBeUndefined()
    expect(metadata['jwks']).toBeUndefined()
  })

  it.each<[string, () => unknown]>([
    ['none', () => undefined],
    ['an empty set', () => ({ keys: [] })],
    ['a list without a set', () => [made()]],
    ['six of them', () => ({ keys: Array.from({ length: 6 }, made) })],
    ['one that is no object', () => ({ keys: ['key'] })],
    ['a private one', () => ({ keys: [{ ...made(), d: 'AAAA' }] })],
    ['a symmetric one', () => ({ keys: [{ kty: 'oct', k: 'AAAA' }] })],
    ['one to encrypt with', () => ({ keys: [{ ...made(), use: 'enc' }] })],
    ['a point that is not on the curve', () => ({ keys: [{ ...made(), y: made()['x'] }] })],
    ['an RSA key of 1024 bits', () => ({ keys: [rsa(1024)] })],
    ['an RSA key of 16384 bits', () => ({ keys: [{ ...rsa(2048), n: 'x'.repeat(2731) }] })],
    ['an RSA key of an endless exponent', () => ({ keys: [{ ...rsa(2048), e: 'x'.repeat(64) }] })],
  ])('are refused: %s', (_title, jwks) => {
    expect(refusalOf(signing(jwks()), 'https://id.example')).toBe('invalid_client_metadata')
  })

  it('are not fetched, and whoever asks for that is told', () => {
    const fetched = { ...signing(undefined), jwks_uri: 'https://app.example/jwks' }
    expect(refusalOf(fetched, 'https://id.example')).toBe('invalid_client_metadata')
    const both = { ...signing({ keys: [made()] }), jwks_uri: 'https://app.example/jwks' }
    expect(refusalOf(both, 'https://id.example')).toBe('invalid_client_metadata')
  })
})
