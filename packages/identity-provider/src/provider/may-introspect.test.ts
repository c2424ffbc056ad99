import { describe, expect, it } from 'vitest'
import { parsePolicyDocument } from '@newel/policy-document'
import { introspectionPolicy } from './may-introspect.ts'

const parsed = parsePolicyDocument(`
issuer: https://id.example.com
levels:
  basic: { accepts: [password], lifetime: 12h }
resources:
  - { id: 'https://api.example.com', name: API }
clients:
  - { id: web, type: spa, redirectUris: ['https://bank.example/cb'], resources: ['https://api.example.com'] }
  - { id: api, type: confidential, secret: { env: S }, redirectUris: ['https://api.example.com/cb'], resources: ['https://api.example.com'] }
`)
if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join())
const may = introspectionPolicy(parsed.document.clients)

describe('who may ask about a token (RFC 7662 §2.1)', () => {
  const token = { clientId: 'web', aud: 'https://api.example.com' }

  it.each([
    ['the API that an access token is for', 'api', 'AccessToken', true],
    ['the client that it was issued to', 'web', 'AccessToken', true],
    ['another client', 'other', 'AccessToken', false],
    ['the client that a refresh token was issued to', 'web', 'RefreshToken', true],
    ['the API of a refresh token, which could use it up', 'api', 'RefreshToken', false],
  ])('%s: %s', (_who, clientId, kind, allowed) => {
    expect(may({}, { clientId }, { ...token, kind })).toBe(allowed)
  })

  it('an app that does not authenticate may ask about its own alone', () => {
    expect(may({}, { clientId: 'web' }, { ...token, clientId: 'api', kind: 'AccessToken' })).toBe(
      false,
    )
  })
})
