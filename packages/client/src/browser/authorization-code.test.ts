import { describe, expect, it } from 'vitest'
import { authorizationCode } from './authorization-code.ts'

const issuer = 'https://id.example'
const read = (query: string, server: object = {}) =>
  authorizationCode(new URLSearchParams(query), { issuer, ...server }, 's')

describe('an answer to an authorization request', () => {
  it.each([`code=c&state=s&iss=${issuer}`, 'code=c&state=s', 'code=c&state=s&session_state=x'])(
    'gives its code: `%s`',
    (query) => {
      expect(read(query)).toBe('c')
    },
  )

  it.each([
    ['another state', 'code=c&state=t'],
    ['no state', 'code=c'],
    ['another issuer (RFC 9207)', 'code=c&state=s&iss=https://evil.example'],
    ['two codes (RFC 6749 §3.1)', 'code=c&code=d&state=s'],
    ['two states', 'code=c&state=s&state=s'],
    ['no code', 'state=s'],
    ['an empty code', 'state=s&code='],
    ['a token of the implicit flow alone', 'state=s&id_token=t'],
    ['a signed answer alone', 'state=s&response=t'],
    ['an error of another trip', 'error=access_denied&state=t'],
  ])('with %s is `response_invalid`', (_, query) => {
    expect(() => read(query)).toThrow(expect.objectContaining({ code: 'response_invalid' }))
  })

  it('without `iss` is refused where the provider announces that it sends one', () => {
    const server = { authorization_response_iss_parameter_supported: true }
    expect(() => read('code=c&state=s', server)).toThrow(
      expect.objectContaining({ code: 'response_invalid' }),
    )
  })

  it.each([
    ['access_denied', 'provider_refused'],
    ['temporarily_unavailable', 'provider_unavailable'],
  ])('that is the error `%s` is `%s`', (providerError, code) => {
    expect(() => read(`error=${providerError}&state=s`)).toThrow(
      expect.objectContaining({ code, providerError }),
    )
  })
})
