import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type ClientConfig, parsePolicyDocument } from '../index.ts'

function read(client: string): ClientConfig {
  const result = parsePolicyDocument(`
issuer: https://id.example.com
levels:
  basic: { accepts: [password], lifetime: 12h }
clients:
  - ${client}
`)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  const [first] = result.document.clients
  if (first === undefined) throw new Error('no client')
  return first
}

const uri = 'https://app.example.com/jwks.json'

describe('a client', () => {
  test.each([
    ['{ id: a, redirectUris: [https://a.example.com/] }', 'none'],
    ['{ id: a, type: confidential, secret: { env: A } }', 'secret'],
    [
      `{ id: a, type: confidential, authentication: private_key_jwt, jwksUri: ${uri} }`,
      'private_key_jwt',
    ],
    [`{ id: a, type: confidential, profile: fapi2, jwksUri: ${uri} }`, 'private_key_jwt'],
  ])('%s authenticates by `%s`', (client, authentication) => {
    expect(read(client).authentication).toBe(authentication)
  })

  test('has its keys in the document or at an address', () => {
    const key = '{ kty: OKP, crv: Ed25519, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo }'
    const signing = 'id: a, type: confidential, authentication: private_key_jwt'
    expect(read(`{ ${signing}, jwksUri: ${uri} }`).keys).toEqual({ jwksUri: uri })
    expect(read(`{ ${signing}, jwksUri: 'http://localhost:9/jwks' }`).keys).toBeDefined()
    expect(read(`{ ${signing}, jwks: { keys: [${key}] } }`).keys).toMatchObject({
      jwks: { keys: [{ crv: 'Ed25519' }] },
    })
  })

  test('of the FAPI 2.0 profile pushes its requests and binds its tokens without saying so', () => {
    expect(read(`{ id: a, type: confidential, profile: fapi2, jwksUri: ${uri} }`)).toMatchObject({
      profile: 'fapi2',
      requirePushedRequests: true,
      dpop: 'required',
    })
  })
})

test('no problem repeats a key that was written into the document', () => {
  const text = readFileSync(
    new URL('../../../../fixtures/documents/client-keys-broken.yaml', import.meta.url),
    'utf8',
  )
  expect(text).toContain('hunter2hunter2')
  expect(JSON.stringify(parsePolicyDocument(text))).not.toContain('hunter2hunter2')
})
