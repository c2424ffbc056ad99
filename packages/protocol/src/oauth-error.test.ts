import * as fc from 'fast-check'
import { fuzzed } from '@newel/testing/fuzz'
import { describe, expect, it } from 'vitest'

import { authorizationErrorFromParameters, isAuthorizationErrorCode } from './oauth-error.ts'

function read(query: string) {
  return authorizationErrorFromParameters(new URLSearchParams(query))
}

describe('the error in an authorization response (RFC 6749 §4.1.2.1)', () => {
  it('a response with a code only carries none', () => {
    expect(read('code=a&state=b&iss=https://id.example.com')).toBeUndefined()
  })

  it('code, description, state and issuer are read', () => {
    expect(
      read(
        'error=unmet_authentication_requirements&error_description=no+second+factor&state=s&iss=https%3A%2F%2Fid.example.com',
      ),
    ).toEqual({
      error: 'unmet_authentication_requirements',
      errorDescription: 'no second factor',
      state: 's',
      iss: 'https://id.example.com',
    })
  })

  it('an error beside a code is an error', () => {
    expect(read('code=a&error=access_denied')).toEqual({ error: 'access_denied' })
  })

  it('an `error` without a value counts as left out (RFC 6749 §3.1)', () => {
    expect(read('error=&code=a')).toBeUndefined()
  })

  it('a code that no specification lists is kept as sent', () => {
    expect(read('error=tenant_suspended')).toEqual({ error: 'tenant_suspended' })
    expect(isAuthorizationErrorCode('tenant_suspended')).toBe(false)
    expect(isAuthorizationErrorCode('login_required')).toBe(true)
  })

  it.each([
    ['given twice', 'error=access_denied&error=login_required'],
    ['with a line feed', 'error=access%0Adenied'],
    ['beyond ASCII', 'error=acc%C3%A9s'],
    ['longer than any code', `error=${'a'.repeat(101)}`],
  ])('an `error` %s is an error without a known code', (_, query) => {
    expect(read(query)).toEqual({ error: 'invalid_error' })
  })

  it('a `state` or `iss` given twice is absent, and so matches nothing', () => {
    expect(read('error=access_denied&state=a&state=b&iss=x&iss=x')).toEqual({
      error: 'access_denied',
    })
  })

  it('a description is one line without control or direction characters', () => {
    expect(read('error=access_denied&error_description=a%0D%0Ab%E2%80%AEc%1B[31m')).toEqual({
      error: 'access_denied',
      errorDescription: 'a b c [31m',
    })
  })

  it('a description of more than 1000 characters is cut', () => {
    const error = read(`error=access_denied&error_description=${'a'.repeat(5000)}`)
    expect(error?.errorDescription).toBe('a'.repeat(1000))
  })

  it('no query makes reading throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const query = new URLSearchParams({ error: text, error_description: text, state: text })
        expect(authorizationErrorFromParameters(query)?.state).toBe(
          text === '' ? undefined : query.get('state'),
        )
      }),
      fuzzed(200),
    )
  })
})
