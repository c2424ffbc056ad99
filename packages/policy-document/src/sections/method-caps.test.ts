import { describe, expect, test } from 'vitest'
import { parsePolicyDocument } from '../index.ts'

const levels = (strong: string): string => `issuer: https://id.example.com
levels:
  basic: { accepts: [password, passkey], lifetime: 12h }
  mfa: { accepts: [password + totp, password + recovery-code, passkey], lifetime: 15m }
  strong: { ${strong}, lifetime: 5m, satisfies: [mfa, basic] }
`

function codesOf(text: string): readonly (readonly [string, string])[] {
  const result = parsePolicyDocument(text)
  return result.ok ? [] : result.problems.map(({ code, path }) => [code, path] as const)
}

describe('the highest level of a method', () => {
  test('may be the highest level that accepts it', () => {
    const text = `${levels('accepts: [passkey]')}methods: { recovery-code: { highest: mfa } }\n`
    expect(codesOf(text)).toEqual([])
  })

  test('is not under a level that accepts it', () => {
    const text = `${levels('accepts: [passkey]')}methods: { recovery-code: { highest: basic } }\n`
    expect(codesOf(text)).toEqual([['method_above_cap', 'levels.mfa.accepts[1]']])
  })

  test('holds for each level by itself', () => {
    const strong = 'accepts: [passkey, password + recovery-code]'
    const text = `${levels(strong)}methods: { recovery-code: { highest: mfa } }\n`
    expect(codesOf(text)).toEqual([['method_above_cap', 'levels.strong.accepts[1]']])
  })

  test('caps a code by mail as it caps a recovery code', () => {
    const mailed = `${levels('accepts: [passkey, password + totp + email-code]')}mail: { from: id@example.com, smtp: { host: localhost } }\n`
    expect(codesOf(`${mailed}methods: { email-code: { highest: mfa } }\n`)).toEqual([
      ['method_above_cap', 'levels.strong.accepts[1]'],
    ])
    expect(codesOf(`${mailed}methods: { email-code: { highest: strong } }\n`)).toEqual([])
  })

  test('is a level that is declared', () => {
    const text = `${levels('accepts: [passkey]')}methods: { recovery-code: { highest: mfaa } }\n`
    expect(codesOf(text)).toEqual([['undeclared_level', 'methods.recovery-code.highest']])
  })
})

describe('a level that promises resistance to phishing', () => {
  test.each([
    ['phr', 'password + recovery-code'],
    ['phrh', 'password + recovery-code'],
    ['phr', 'passkey + email-code'],
  ])('%s never accepts %s', (acr, alternative) => {
    const text = levels(`acr: ${acr}, accepts: [passkey, ${alternative}]`)
    expect(codesOf(text)).toEqual([['not_phishing_resistant', 'levels.strong.accepts[1]']])
  })
})
