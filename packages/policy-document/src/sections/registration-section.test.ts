import { describe, expect, test } from 'vitest'
import { type PolicyDocumentResult, parsePolicyDocument } from '../index.ts'

const start = `issuer: https://id.example.com
levels:
  basic: { accepts: [password], lifetime: 12h }
  mfa: { acr: 'urn:mfa', accepts: [password + totp], lifetime: 15m }
resources: [{ id: 'https://api.example.com', scopes: { read: Read } }]
`
const least =
  "initialAccessToken: { env: TOKEN }, redirectOrigins: ['https://apps.example.com', 'http://localhost:3000']"

function read(registration: string): PolicyDocumentResult {
  return parsePolicyDocument(`${start}registration: { ${registration} }\n`)
}

function problemsOf(registration: string): unknown {
  const result = read(registration)
  return result.ok ? [] : result.problems.map(({ code, path }) => [code, path])
}

describe('registration', () => {
  test('is off where the document does not speak of it', () => {
    const result = parsePolicyDocument(start)
    expect(result.ok && result.document.registration).toBeUndefined()
  })

  test('grants no resource and no level by itself', () => {
    expect(read(least)).toMatchObject({
      ok: true,
      document: {
        registration: {
          initialAccessToken: { env: 'TOKEN' },
          redirectOrigins: ['https://apps.example.com', 'http://localhost:3000'],
          resources: [],
          scopes: ['openid'],
          refreshTokenLifetimeSeconds: 43_200,
        },
      },
    })
  })

  test('has levels by their wire values, resources and scopes', () => {
    const levels = "minimum: basic, default: mfa, resources: ['https://api.example.com']"
    expect(read(`${least}, ${levels}, refreshTokenLifetime: 0`)).toMatchObject({
      ok: true,
      document: {
        registration: {
          minimum: 'basic',
          default: 'urn:mfa',
          resources: ['https://api.example.com'],
          scopes: ['openid', 'read'],
          refreshTokenLifetimeSeconds: 0,
        },
      },
    })
  })

  test('needs a token and origins', () => {
    expect(problemsOf('minimum: basic')).toEqual([
      ['missing_key', 'registration.initialAccessToken'],
      ['missing_key', 'registration.redirectOrigins'],
    ])
    expect(problemsOf("initialAccessToken: {}, redirectOrigins: ['https://a.example']")).toEqual([
      ['ambiguous_secret', 'registration.initialAccessToken'],
    ])
  })

  test.each([
    'https://apps.example.com/',
    'https://apps.example.com/path',
    'http://apps.example.com',
    'https://*.example.com',
    'com.example.app:/x',
  ])('takes `%s` for no origin', (origin) => {
    expect(problemsOf(`initialAccessToken: { env: T }, redirectOrigins: ['${origin}']`)).toEqual([
      ['invalid_origin', 'registration.redirectOrigins[0]'],
    ])
  })

  test('names only what the document declares', () => {
    const rest = "resources: ['https://other.example'], scopes: [write], minimum: gold"
    expect(problemsOf(`${least}, ${rest}`)).toEqual([
      ['undeclared_resource', 'registration.resources[0]'],
      ['undeclared_scope', 'registration.scopes[0]'],
      ['undeclared_level', 'registration.minimum'],
    ])
  })

  test('with a default below its minimum is legal but wrong', () => {
    expect(read(`${least}, minimum: mfa, default: basic`)).toMatchObject({
      ok: true,
      findings: [{ code: 'client_default_below_minimum', path: 'registration.default' }],
    })
  })
})
