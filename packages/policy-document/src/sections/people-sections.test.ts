import { describe, expect, test } from 'vitest'
import { type PolicyDocument, parsePolicyDocument } from '../index.ts'

const smallest =
  'issuer: https://id.example.com\nlevels:\n  basic: { accepts: [password, passkey], lifetime: 12h }\n'
const mail = 'mail: { from: id@example.com, smtp: { host: localhost } }\n'

function read(text: string): ReturnType<typeof parsePolicyDocument> {
  return parsePolicyDocument(smallest + text)
}

function documentOf(text: string): PolicyDocument {
  const result = read(text)
  if (!result.ok) throw new Error(result.problems.map(({ code }) => code).join())
  return result.document
}

function codesOf(text: string): readonly string[] {
  const result = read(text)
  return result.ok ? [] : result.problems.map(({ code, path }) => `${code} ${path}`)
}

describe('sign-up', () => {
  test.each(['', 'signUp: {}\n', 'signUp: { open: false, with: [passkey] }\n'])(
    'is closed with %j',
    (text) => {
      expect(documentOf(text).signUp).toBeUndefined()
    },
  )

  test('begins with what is offered of password and passkey, and verifies the address', () => {
    expect(documentOf(`${mail}signUp: { open: true }\n`).signUp).toEqual({
      methods: ['password', 'passkey'],
      verifyEmail: true,
    })
    const without = 'methods: { password: { enabled: false } }\n'
    expect(documentOf(`${mail}${without}signUp: { open: true }\n`).signUp?.methods).toEqual([
      'passkey',
    ])
  })

  test('needs no mail where no address is verified', () => {
    expect(documentOf('signUp: { open: true, verifyEmail: false }\n').signUp?.verifyEmail).toBe(
      false,
    )
  })

  test.each([
    ['signUp: { open: true }\n', 'mail_needed signUp'],
    [
      `${mail}methods: { passkey: { enabled: false } }\nsignUp: { open: true, with: [passkey] }\n`,
      'sign_up_method_not_offered signUp.with',
    ],
    [
      `${mail}methods: { passkey: { enabled: false }, password: { enabled: false } }\nsignUp: { open: true }\n`,
      'sign_up_method_not_offered signUp',
    ],
    [`${mail}signUp: { open: true, with: [totp] }\n`, 'invalid_value signUp.with[0]'],
    [`${mail}signUp: { opened: true }\n`, 'unknown_key signUp.opened'],
  ])('%j is refused: %s', (text, code) => {
    expect(codesOf(text)).toEqual([code])
  })
})

describe('recovery', () => {
  test('is done by the operator alone without the section', () => {
    expect(documentOf('').recovery).toEqual({})
  })

  test('has its defaults', () => {
    expect(
      documentOf(`${mail}recovery: { password: email-code, lostFactor: {} }\n`).recovery,
    ).toEqual({
      password: 'email-code',
      lostFactor: { coolDownSeconds: 3 * 86_400, finishWithinSeconds: 7 * 86_400 },
    })
  })

  test('a cool-down of a day is long enough', () => {
    const text = `${mail}recovery: { lostFactor: { coolDown: 24h, finishWithin: 1d } }\n`
    expect(documentOf(text).recovery.lostFactor?.coolDownSeconds).toBe(86_400)
  })

  test.each([
    ['recovery: { password: email-code }\n', 'mail_needed recovery.password'],
    ['recovery: { lostFactor: {} }\n', 'mail_needed recovery.lostFactor'],
    [
      `${mail}recovery: { lostFactor: { coolDown: 23h59m } }\n`,
      'cool_down_too_short recovery.lostFactor.coolDown',
    ],
    [
      `${mail}recovery: { lostFactor: { finishWithin: 0 } }\n`,
      'invalid_duration recovery.lostFactor.finishWithin',
    ],
    [`${mail}recovery: { password: totp }\n`, 'wrong_type recovery.password'],
  ])('%j is refused: %s', (text, code) => {
    expect(codesOf(text)).toEqual([code])
  })
})

describe('the mailbox alone', () => {
  const levels = (accepts: string): string =>
    `issuer: https://id.example.com\nlevels:\n  basic: { accepts: [password], lifetime: 12h }\n  mfa: { accepts: [${accepts}], lifetime: 15m }\n${mail}`
  const problemsOf = (text: string): readonly string[] => {
    const result = parsePolicyDocument(text)
    return result.ok ? [] : result.problems.map(({ code, path }) => `${code} ${path}`)
  }
  const reset = 'recovery: { password: email-code }\n'

  test('never reaches a level of two methods', () => {
    expect(problemsOf(levels('password + totp, password + email-code') + reset)).toEqual([
      'mailbox_reaches_level levels.mfa.accepts[1]',
    ])
  })

  test.each([
    ['without a reset', levels('password + email-code')],
    ['with a third method', levels('password + email-code + totp') + reset],
    [
      'where mailed codes are off',
      `${levels('password + totp, password + email-code')}${reset}methods: { email-code: { enabled: false } }\n`,
    ],
  ])('is no trouble %s', (_, text) => {
    expect(problemsOf(text)).toEqual([])
  })
})
