import * as fc from 'fast-check'
import { fuzzed } from '@newel/testing/fuzz'
import { describe, expect, it } from 'vitest'

import { longestMaxAgeSeconds, parseMaxAge } from './max-age.ts'
import { authorizationParameters, requirementFromParameters } from './parameters.ts'

describe('max_age (OIDC Core §3.1.2.1)', () => {
  it.each<[unknown, number]>([
    ['0', 0],
    ['1', 1],
    ['3600', 3600],
    [String(longestMaxAgeSeconds), longestMaxAgeSeconds],
    [0, 0],
    [600, 600],
    [longestMaxAgeSeconds, longestMaxAgeSeconds],
  ])('%j is an age', (value, maxAgeSeconds) => {
    expect(parseMaxAge(value)).toEqual({ ok: true, maxAgeSeconds })
  })

  it('a number of −0 is 0', () => {
    const read = parseMaxAge(-0)
    expect(read.ok && Object.is(read.maxAgeSeconds, 0)).toBe(true)
  })

  it.each<[unknown]>([
    [''],
    [' '],
    ['-1'],
    ['-0'],
    ['+1'],
    ['1.0'],
    ['1.5'],
    ['1e3'],
    ['0x10'],
    ['0b1'],
    ['1_000'],
    ['1,000'],
    ['00'],
    ['007'],
    [' 1'],
    ['1 '],
    ['1\n'],
    ['5m'],
    ['ten'],
    ['NaN'],
    ['Infinity'],
    ['١'],
    ['\uff11'],
    [String(longestMaxAgeSeconds + 1)],
    ['9999999999'],
    ['9'.repeat(100_000)],
    [-1],
    [1.5],
    [Number.NaN],
    [Infinity],
    [longestMaxAgeSeconds + 1],
    [Number.MAX_SAFE_INTEGER + 1],
    [null],
    [undefined],
    [true],
    [['60']],
    [{}],
    [60n],
  ])('%s is refused, never ignored', (value) => {
    expect(parseMaxAge(value)).toMatchObject({ ok: false })
  })

  it('a text is accepted exactly where it is how a number in range is written', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.integer().map(String), fc.double().map(String)),
        (text) => {
          const number = Number(text)
          const legal =
            String(number) === text &&
            Number.isInteger(number) &&
            number >= 0 &&
            number <= longestMaxAgeSeconds
          expect(parseMaxAge(text).ok).toBe(legal)
        },
      ),
      fuzzed(200),
    )
  })
})

describe('the requirement that an authorization request states', () => {
  it('absent parameters ask nothing', () => {
    expect(requirementFromParameters({})).toEqual({ ok: true, requirement: { acrValues: [] } })
  })

  it('`acr_values` without a value counts as left out (RFC 6749 §3.1)', () => {
    expect(requirementFromParameters({ acr_values: '', max_age: '5' })).toEqual({
      ok: true,
      requirement: { acrValues: [], maxAgeSeconds: 5 },
    })
  })

  it('levels keep the order of preference, each once, whatever the number of spaces', () => {
    expect(requirementFromParameters({ acr_values: ' phr  mfa phr ' })).toEqual({
      ok: true,
      requirement: { acrValues: ['phr', 'mfa'] },
    })
  })

  it.each<[unknown]>([
    ['   '],
    ['mfa\tphr'],
    ['mfa\nphr'],
    ['mf\u00e1'],
    ['m"fa'],
    ['m\\fa'],
    ['mfa\u0000'],
    ['mfa\u00a0phr'],
    ['a'.repeat(256)],
    ['a '.repeat(3000)],
    [Array.from({ length: 65 }, (_, index) => index).join(' ')],
    [null],
    [2],
    [['mfa']],
    [{ mfa: true }],
  ])('`acr_values` of %j is refused', (acrValues) => {
    expect(requirementFromParameters({ acr_values: acrValues })).toMatchObject({
      ok: false,
      code: 'invalid_acr_values',
      parameter: 'acr_values',
    })
  })

  it.each<[unknown]>([[''], ['-1'], ['1.5'], ['soon'], [null], [['5']]])(
    '`max_age` of %j is refused beside legal levels',
    (maxAge) => {
      expect(requirementFromParameters({ acr_values: 'mfa', max_age: maxAge })).toMatchObject({
        ok: false,
        code: 'invalid_max_age',
        parameter: 'max_age',
      })
    },
  )
})

describe('the parameters that ask for a requirement', () => {
  it('leave out what is not asked', () => {
    expect(authorizationParameters({ acrValues: [] })).toEqual({})
    expect(authorizationParameters({ acrValues: ['mfa'] })).toEqual({ acr_values: 'mfa' })
  })

  it('state an age of 0', () => {
    expect(authorizationParameters({ acrValues: [], maxAgeSeconds: 0 })).toEqual({ max_age: '0' })
  })

  it('are read back as the requirement', () => {
    const requirement = fc.record(
      {
        acrValues: fc.uniqueArray(fc.stringMatching(/^[!#-[\]-~]{1,20}$/), { maxLength: 8 }),
        maxAgeSeconds: fc.integer({ min: 0, max: longestMaxAgeSeconds }),
      },
      { requiredKeys: ['acrValues'] },
    )
    fc.assert(
      fc.property(requirement, (asked) => {
        const query = new URLSearchParams({ ...authorizationParameters(asked) })
        expect(requirementFromParameters(Object.fromEntries(query))).toEqual({
          ok: true,
          requirement: asked,
        })
      }),
      fuzzed(200),
    )
  })

  it.each([
    ['invalid_acr', { acrValues: ['mfa phr'] }],
    ['invalid_acr', { acrValues: ['mf\u00e1'] }],
    ['invalid_max_age', { acrValues: ['mfa'], maxAgeSeconds: -1 }],
    ['invalid_max_age', { acrValues: ['mfa'], maxAgeSeconds: 0.5 }],
  ])('%s: %j is refused', (code, requirement) => {
    expect(() => authorizationParameters(requirement)).toThrow(expect.objectContaining({ code }))
  })
})
