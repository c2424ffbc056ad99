import { describe, expect, test } from 'vitest'
import { type Finding, parsePolicyDocument } from '../index.ts'

function find(code: string, rest: string): readonly Finding[] {
  const result = parsePolicyDocument(`issuer: https://id.example.com\n${rest}`)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.findings.filter((finding) => finding.code === code)
}

describe('a maxAge under the time that a login takes', () => {
  const levels = 'levels: { mfa: { accepts: [password + totp], lifetime: 15m } }\n'
  const withAge = (maxAge: string): readonly Finding[] =>
    find('max_age_too_short', `${levels}requirements: { pay: { level: mfa, maxAge: ${maxAge} } }\n`)

  test.each([['1'], ['29s']])('%s is found (RFC 9470 §8)', (maxAge) => {
    expect(withAge(maxAge)).toMatchObject([
      { severity: 'warning', path: 'requirements.pay.maxAge' },
    ])
  })

  test('the mend says that 0 is fine', () => {
    expect(withAge('10s')[0]?.mend).toContain('`0`')
  })

  test.each([['0'], ['30s'], ['5m']])('%s is fine', (maxAge) => {
    expect(withAge(maxAge)).toEqual([])
  })
})
