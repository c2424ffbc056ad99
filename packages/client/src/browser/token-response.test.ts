import { describe, expect, it } from 'vitest'
import { tokenResponse } from './token-response.ts'

const good = { access_token: 'a', token_type: 'Bearer' }

describe('an answer of the token endpoint (RFC 6749 §5.1)', () => {
  it('gives what it holds; the token type has no case', () => {
    const body = { ...good, token_type: 'bEARER', refresh_token: 'r', id_token: 'i', expires_in: 9 }
    expect(tokenResponse(200, body, 'bearer', 100)).toEqual({
      accessToken: 'a',
      refreshToken: 'r',
      idToken: 'i',
      expiresAt: 109,
    })
    expect(tokenResponse(200, good, 'bearer', 100)).toEqual({ accessToken: 'a' })
    expect(tokenResponse(200, { ...good, expires_in: '9' }, 'bearer', 100).expiresAt).toBe(109)
  })

  it.each([
    ['without an access token', 200, { ...good, access_token: undefined }],
    ['with an empty access token', 200, { ...good, access_token: '' }],
    ['with an access token that is no text', 200, { ...good, access_token: 7 }],
    ['of another token type', 200, { ...good, token_type: 'mac' }],
    ['of the type that a bound client asks for', 200, { ...good, token_type: 'DPoP' }],
    ['without a token type', 200, { access_token: 'a' }],
    ['with a refresh token that is no text', 200, { ...good, refresh_token: {} }],
    ['with an ID token that is no text', 200, { ...good, id_token: null }],
    ['that ends before it begins', 200, { ...good, expires_in: -1 }],
    ['that ends at no time', 200, { ...good, expires_in: 'soon' }],
    ['that ends at nothing', 200, { ...good, expires_in: null }],
    ['that ends at a list of times', 200, { ...good, expires_in: [9] }],
    [
      'that ends at what is no time and says it is',
      200,
      { ...good, expires_in: { valueOf: 9, toString: 9 } },
    ],
    ['of a token type that is no text', 200, { ...good, token_type: { toString: 'Bearer' } }],
    ['with another status', 201, good],
    ['with an error and no name for it', 400, {}],
    ['redirected (opaque)', 0, good],
  ])('%s is `response_invalid`', (_, status, body) => {
    expect(() => tokenResponse(status, body, 'bearer', 100)).toThrow(
      expect.objectContaining({ code: 'response_invalid' }),
    )
  })

  it('of bearer type is `response_invalid` for a bound client (RFC 9449 §5)', () => {
    expect(() => tokenResponse(200, good, 'dpop', 100)).toThrow(
      expect.objectContaining({ code: 'response_invalid' }),
    )
  })

  it('that is an OAuth error keeps its name', () => {
    expect(() => tokenResponse(400, { error: 'invalid_grant' }, 'bearer', 100)).toThrow(
      expect.objectContaining({ code: 'provider_refused', providerError: 'invalid_grant' }),
    )
  })
})
