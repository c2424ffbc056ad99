import { describe, expect, it } from 'vitest'
import { readChallenge } from './read-challenge.ts'

const trusted = new Set(['https://api.example'])
const url = 'https://api.example/details'
const header = 'Bearer error="insufficient_user_authentication", acr_values="mfa", max_age="60"'

function read(response: { status?: number; header?: string; url?: string; type?: string }) {
  const headers = new Headers(
    response.header === undefined ? {} : { 'www-authenticate': response.header },
  )
  return readChallenge({ status: 401, url, ...response, headers }, url, trusted)
}

describe('a response', () => {
  it('from a trusted origin with a step-up challenge says what to reach', () => {
    expect(read({ header })).toEqual({
      kind: 'challenge',
      requirement: { acrValues: ['mfa'], maxAgeSeconds: 60 },
      header,
    })
  })

  it.each([
    ['with another status', { header, status: 403 }],
    ['from another origin', { header, url: 'https://evil.example/' }],
    ['from another port', { header, url: 'https://api.example:8443/' }],
    ['without the header, of this origin', { type: 'basic' }],
  ])('%s is nothing to act on', (_, response) => {
    expect(read(response)).toEqual({ kind: 'none' })
  })

  it('across origins without the header has one that is hidden (Fetch, CORS-exposed headers)', () => {
    expect(read({ type: 'cors' })).toEqual({ kind: 'hidden' })
  })
})
