import { readFileSync } from 'node:fs'

import type { Authentication } from '@newel/policy'
import * as fc from 'fast-check'
import { fuzzed } from '@newel/testing/fuzz'
import { describe, expect, it } from 'vitest'

import { authenticationFromClaims, claimsFromAuthentication } from './claims.ts'

const fixture = new URL('../../../fixtures/claims/authentication.json', import.meta.url)
const { cases } = JSON.parse(readFileSync(fixture, 'utf8')) as {
  cases: {
    title: string
    claims: Record<string, unknown>
    authentication?: Authentication
    error?: { code: string; claim: string }
  }[]
}

describe('the authentication that claims state', () => {
  it.each(cases)('$title', ({ claims, authentication, error }) => {
    expect(authenticationFromClaims(claims)).toEqual(
      authentication ? { ok: true, authentication } : { ok: false, ...error },
    )
  })

  it.each([Number.NaN, Infinity, -Infinity])('a time of %s is refused', (time) => {
    expect(authenticationFromClaims({ auth_time: time })).toMatchObject({
      code: 'invalid_auth_time',
    })
  })

  it('claims of a prototype are not claims of the token', () => {
    const claims = Object.create({ acr: 'phr', auth_time: 1 }) as Record<string, unknown>
    expect(authenticationFromClaims(claims)).toEqual({ ok: true, authentication: {} })
  })

  it('a gap in the list of methods is refused', () => {
    expect(authenticationFromClaims({ amr: Array(1) })).toMatchObject({ code: 'invalid_amr' })
  })

  it('whatever a claim holds, the answer is a reading or an error, and a level is a legal one', () => {
    fc.assert(
      fc.property(
        fc.record(
          { acr: fc.anything(), amr: fc.anything(), auth_time: fc.anything() },
          { requiredKeys: [] },
        ),
        (claims) => {
          const read = authenticationFromClaims(claims)
          if (!read.ok) return
          if (read.authentication.acr !== undefined) {
            expect(read.authentication.acr).toMatch(/^[\x21-\x7e]+$/)
          }
          expect(() => claimsFromAuthentication(read.authentication)).not.toThrow()
        },
      ),
      fuzzed(1000),
    )
  })
})

describe('the claims that state an authentication', () => {
  it('are absent where the field is', () => {
    expect(claimsFromAuthentication({})).toEqual({})
    expect(claimsFromAuthentication({ oneShot: false })).toEqual({})
  })

  it('are read back as they were', () => {
    const authentication = fc.record(
      {
        acr: fc.stringMatching(/^[A-Za-z0-9:._/-]{1,20}$/),
        amr: fc.array(fc.string({ minLength: 1 })),
        authTime: fc.nat(),
        oneShot: fc.constant(true),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(authentication, (stated) => {
        const claims = JSON.parse(JSON.stringify(claimsFromAuthentication(stated))) as object
        expect(authenticationFromClaims({ ...claims })).toEqual({
          ok: true,
          authentication: stated,
        })
      }),
      fuzzed(200),
    )
  })

  it.each<[string, Authentication]>([
    ['invalid_acr', { acr: '' }],
    ['invalid_acr', { acr: 'mfá' }],
    ['invalid_amr', { amr: [''] }],
    ['invalid_auth_time', { authTime: 1.5 }],
    ['invalid_auth_time', { authTime: -1 }],
    ['invalid_auth_time', { authTime: Number.NaN }],
  ])('%s: %j is refused', (code, authentication) => {
    expect(() => claimsFromAuthentication(authentication)).toThrow(
      expect.objectContaining({ code }),
    )
  })
})
