import { describe, expect, test } from 'vitest'
import type { ApiOptions, IssuerOptions, ResourceServerOptions } from './options.ts'
import { readOptions } from './settings.ts'

const good = { issuer: 'https://id.example', audience: 'https://api.example' }

describe('options', () => {
  test.each<[string, Partial<Record<keyof ApiOptions | keyof IssuerOptions, unknown>>]>([
    ['an issuer that is no address', { issuer: 'id.example' }],
    ['an issuer with a query', { issuer: 'https://id.example/?a' }],
    ['an issuer with a fragment', { issuer: 'https://id.example/#a' }],
    ['an issuer with a password', { issuer: 'https://a:b@id.example' }],
    ['no issuer', { issuer: undefined }],
    ['no audience', { audience: [] }],
    ['an empty audience', { audience: '' }],
    ['levels and order at once', { levels: [], order: ['a'] }],
    ['a level twice in the order', { order: ['a', 'a'] }],
    [
      'levels that satisfy each other',
      {
        levels: [
          { acr: 'a', lifetimeSeconds: 60, satisfies: ['b'] },
          { acr: 'b', lifetimeSeconds: 60, satisfies: ['a'] },
        ],
      },
    ],
    ['a symmetric algorithm', { algorithms: ['HS256'] }],
    ['the algorithm `none`', { algorithms: ['none'] }],
    ['another token type', { tokenTypes: ['dpop+jwt'] }],
    ['a realm with a quotation mark', { realm: 'a"b' }],
    ['an origin with a path', { allowedOrigins: ['https://app.example/'] }],
    ['any origin', { allowedOrigins: ['*'] }],
    ['a negative cache', { cacheSize: -1 }],
    ['another start', { start: 'later' }],
    ['a fraction as window', { oneShotWindowSeconds: 0.5 }],
  ])('%s is refused at start', (_title, options) => {
    expect(() => readOptions({ ...good, ...options } as ResourceServerOptions)).toThrow(
      expect.objectContaining({ code: 'invalid_option' }),
    )
  })

  test.each([
    ['http://id.example', true],
    ['http://127.0.0.1:4000', false],
    ['ftp://id.example', true],
    ['http://127.0.0.1.evil.example', true],
    ['http://10.0.0.1', true],
  ])('the issuer %s is insecure (loopback permitted: %s)', (issuer, allowInsecureIssuer) => {
    expect(() => readOptions({ ...good, issuer, allowInsecureIssuer })).toThrow(
      expect.objectContaining({ code: 'insecure_issuer' }),
    )
  })

  test.each([
    'http://127.0.0.1:4000',
    'http://localhost:4000',
    'http://id.localhost',
    'http://[::1]:4000',
  ])('the issuer %s is permitted for development', (issuer) => {
    expect(readOptions({ ...good, issuer, allowInsecureIssuer: true }).issuers).toMatchObject([
      { issuer },
    ])
  })
})
