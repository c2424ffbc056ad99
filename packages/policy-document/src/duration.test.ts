import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  DurationError,
  durationPattern,
  longestDurationSeconds,
  parseDuration,
} from './duration.ts'

describe('a duration', () => {
  test.each([
    ['0', 0],
    ['90s', 90],
    ['5m', 300],
    ['12h', 43_200],
    ['1h30m', 5400],
    ['1d2h3m4s', 93_784],
    ['0m', 0],
    [0, 0],
    [600, 600],
  ])('%s is %i seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds)
  })

  test.each([
    [''],
    ['m'],
    ['5'],
    ['5 m'],
    [' 5m'],
    ['5M'],
    ['5min'],
    ['30m1h'],
    ['5m5m'],
    ['1.5h'],
    ['-5m'],
    ['500ms'],
    ['1w'],
    ['1e3s'],
    ['٥m'],
    [-1],
    [1.5],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [longestDurationSeconds + 1],
    ['99999999999999999999d'],
  ])('%j is refused with a mend', (text) => {
    expect(() => parseDuration(text)).toThrow(DurationError)
    try {
      parseDuration(text)
    } catch (error) {
      expect(error).toMatchObject({ code: 'invalid_duration', mend: expect.stringMatching(/./) })
    }
  })

  test.each([
    ['12 hours', 'write `12h`'],
    ['5 min', 'write `5m`'],
    ['300', 'write `300s` for seconds, or a number without quotes'],
    ['6 months', 'write it as `90s`, `5m`, `12h`, `1h30m` or `7d`'],
  ])('%s is mended by what was meant', (text, mend) => {
    expect(() => parseDuration(text)).toThrow(expect.objectContaining({ mend }))
  })

  test('hours, minutes and seconds add up', () => {
    fc.assert(
      fc.property(fc.nat(999), fc.nat(999), fc.nat(999), (h, m, s) => {
        expect(parseDuration(`${h}h${m}m${s}s`)).toBe(h * 3600 + m * 60 + s)
      }),
    )
  })

  test('the pattern for editors passes what is read, and nothing that has no unit', () => {
    const pattern = new RegExp(durationPattern)
    for (const text of ['0', '90s', '1h30m', '1d2h3m4s']) expect(text).toMatch(pattern)
    for (const text of ['', '5', '5 m', '30m1h']) expect(text).not.toMatch(pattern)
  })
})
