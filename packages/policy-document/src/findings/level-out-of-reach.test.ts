import { describe, expect, test } from 'vitest'
import { type Finding, parsePolicyDocument } from '../index.ts'

function find(code: string, rest: string): readonly Finding[] {
  const result = parsePolicyDocument(`issuer: https://id.example.com\n${rest}`)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.findings.filter((finding) => finding.code === code)
}

describe('a level out of reach', () => {
  const levels =
    'levels: { mail: { accepts: [password + email-code, recovery-code], lifetime: 1h } }\n'

  test('has a method that is not offered in each alternative', () => {
    const [finding] = find(
      'level_out_of_reach',
      `${levels}methods: { email-code: { enabled: false }, recovery-code: { enabled: false } }\n`,
    )
    expect(finding).toMatchObject({ severity: 'warning', path: 'levels.mail.accepts', line: 2 })
    expect(finding?.mend).toContain('`email-code` or `recovery-code`')
  })

  test('one alternative that is offered is enough', () => {
    expect(
      find('level_out_of_reach', `${levels}methods: { email-code: { enabled: false } }\n`),
    ).toEqual([])
  })

  test('a passkey counts as a security key', () => {
    const keys = 'levels: { key: { accepts: [password + security-key], lifetime: 1h } }\n'
    const off = 'methods: { security-key: { enabled: false }, passkey: { enabled: true } }\n'
    expect(find('level_out_of_reach', keys + off)).toEqual([])
  })

  test('a security key does not count as a passkey', () => {
    const keys = 'levels: { key: { accepts: [passkey], lifetime: 1h } }\n'
    const off = 'methods: { security-key: { enabled: true }, passkey: { enabled: false } }\n'
    expect(find('level_out_of_reach', keys + off)).toHaveLength(1)
  })
})
