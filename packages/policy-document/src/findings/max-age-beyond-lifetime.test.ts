import { describe, expect, test } from 'vitest'
import { type Finding, parsePolicyDocument } from '../index.ts'

function find(code: string, rest: string): readonly Finding[] {
  const result = parsePolicyDocument(`issuer: https://id.example.com\n${rest}`)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.findings.filter((finding) => finding.code === code)
}

describe('a maxAge beyond the lifetime of its levels', () => {
  const levels = `levels:
  mfa: { accepts: [password + totp, passkey], lifetime: 15m }
  phr: { accepts: [passkey], lifetime: 1h }
  once: { accepts: [recovery-code], lifetime: 0, satisfies: [] }
`
  const withRequirement = (requirement: string): readonly Finding[] =>
    find('max_age_beyond_lifetime', `${levels}requirements: { pay: ${requirement} }\n`)

  test.each([
    ['{ level: phr, maxAge: 3601 }'],
    ['{ level: once, maxAge: 1m }'],
    ['{ level: [once, phr], maxAge: 2h }'],
  ])('%s is never reached', (requirement) => {
    expect(withRequirement(requirement)).toMatchObject([
      { severity: 'warning', path: 'requirements.pay.maxAge' },
    ])
  })

  test('exactly the lifetime is no finding', () => {
    expect(withRequirement('{ level: phr, maxAge: 1h }')).toEqual([])
  })

  test('a stronger level that lasts longer can reach it', () => {
    expect(withRequirement('{ level: mfa, maxAge: 30m }')).toEqual([])
  })

  test('an age without a level is judged for every level', () => {
    expect(withRequirement('{ maxAge: 2h }')).toEqual([])
  })
})
