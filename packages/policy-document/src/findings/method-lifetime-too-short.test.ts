import { describe, expect, test } from 'vitest'
import { type Finding, parsePolicyDocument } from '../index.ts'

function find(code: string, rest: string): readonly Finding[] {
  const result = parsePolicyDocument(`issuer: https://id.example.com\n${rest}`)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.findings.filter((finding) => finding.code === code)
}

describe('a method lifetime', () => {
  const levels = 'levels: { mfa: { accepts: [password + totp], lifetime: 15m } }\n'

  test('shorter than a level that accepts the method ends the level early', () => {
    expect(
      find('method_lifetime_too_short', `${levels}methods: { totp: { lifetime: 899s } }\n`),
    ).toMatchObject([{ severity: 'warning', path: 'methods.totp.lifetime', line: 3 }])
  })

  test.each([['15m'], ['1h']])('of %s covers a level of 15 minutes', (lifetime) => {
    expect(
      find('method_lifetime_too_short', `${levels}methods: { totp: { lifetime: ${lifetime} } }\n`),
    ).toEqual([])
  })

  test('of a method that no level accepts ends nothing', () => {
    expect(
      find('method_lifetime_too_short', `${levels}methods: { email-code: { lifetime: 1m } }\n`),
    ).toEqual([])
  })
})
