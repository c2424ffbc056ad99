import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestHouse, authorizationRequest, openTestHouse } from '@newel/testing/house'

let house: TestHouse
beforeAll(async () => {
  house = await openTestHouse(
    ({ issuer, redirectUri }) => `
issuer: ${issuer}
levels:
  basic: { accepts: [password], lifetime: 12h }
clients:
  - { id: pushing, type: public, redirectUris: ['${redirectUri}'], requirePushedRequests: true }
  - { id: bound, type: spa, redirectUris: ['${redirectUri}'], dpop: required }
`,
  )
})
afterAll(async () => house.close())

describe('a client that must push its requests', () => {
  it('is refused a plain one (RFC 9126 §5)', async () => {
    const { url } = authorizationRequest(house, { client_id: 'pushing' })
    const { url: end } = await house.visitor().get(url)
    expect(end.searchParams.get('error')).toBe('invalid_request')
  })

  it('is served one that it pushed, whatever stands beside the reference (RFC 9126 §4)', async () => {
    const { url } = authorizationRequest(house, { client_id: 'pushing' })
    const pushed = await fetch(new URL('/par', house.issuer), {
      method: 'POST',
      body: url.searchParams,
    })
    const { request_uri: reference } = (await pushed.json()) as { readonly request_uri: string }
    const asked = new URL('/authorize', house.issuer)
    asked.search = new URLSearchParams({
      client_id: 'pushing',
      request_uri: reference,
      redirect_uri: 'https://evil.example/callback',
    }).toString()
    expect((await house.visitor().get(asked)).page).toBe('login')
  })
})

describe('a client whose tokens must be bound', () => {
  it('gets none without a proof of its key (RFC 9449 §5.2)', async () => {
    const ada = await house.addPerson('ada')
    const visitor = house.visitor()
    const attempt = authorizationRequest(house, { client_id: 'bound' })
    const page = await visitor.get(attempt.url)
    const { username, password } = ada
    const { url } = await visitor.submit(page, { username, password })
    const answered = await fetch(new URL('/token', house.issuer), {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: 'bound',
        code: url.searchParams.get('code') ?? '',
        redirect_uri: house.redirectUri,
        code_verifier: attempt.verifier,
      }),
    })
    const { error } = (await answered.json()) as { readonly error: string }
    expect([answered.status, error]).toEqual([400, 'invalid_grant'])
  })
})
