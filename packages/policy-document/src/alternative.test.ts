import { describe, expect, test } from 'vitest'
import { alternativePattern, parseAlternative } from './alternative.ts'

describe('an alternative', () => {
  test.each([
    ['password', ['password']],
    ['password + totp', ['password', 'totp']],
    ['password+totp', ['password', 'totp']],
    ['  security-key  +\tpassword ', ['security-key', 'password']],
  ])('`%s` names its methods', (text, methods) => {
    expect(parseAlternative(text)).toEqual({ ok: true, methods })
    expect(text).toMatch(new RegExp(alternativePattern))
  })

  test.each([
    ['', 'empty_alternative', 0],
    ['password +', 'empty_alternative', 10],
    ['+ totp', 'empty_alternative', 0],
    ['password + + totp', 'empty_alternative', 10],
    ['pasword', 'unknown_method', 0],
    ['password + otp', 'unknown_method', 11],
    ['password, totp', 'unknown_method', 0],
    ['Password', 'unknown_method', 0],
    ['totp + password + totp', 'duplicate_method', 18],
  ])('`%s` is refused: %s', (text, code, offset) => {
    expect(parseAlternative(text)).toMatchObject({ ok: false, code, offset: expect.any(Number) })
    if (text.includes('otp') || code === 'duplicate_method') {
      expect(parseAlternative(text)).toMatchObject({ offset })
    }
  })

  test('an unknown method is mended by the nearest known one', () => {
    expect(parseAlternative('pass-word')).toMatchObject({ mend: 'did you mean `password`?' })
    expect(parseAlternative('securitykey')).toMatchObject({ mend: 'did you mean `security-key`?' })
  })
})
