import { describe, expect, test } from 'vitest'
import { type Finding, parsePolicyDocument } from '../index.ts'

function find(code: string, rest: string): readonly Finding[] {
  const result = parsePolicyDocument(`issuer: https://id.example.com\n${rest}`)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.findings.filter((finding) => finding.code === code)
}

describe('a level that is not above the one before it', () => {
  const mfa = 'levels:\n  mfa: { accepts: [password + totp, passkey], lifetime: 15m }\n'

  test('has an alternative that contains none of its: that one is named and pointed at', () => {
    const [finding] = find(
      'level_not_above',
      `${mfa}  phr: { accepts: [passkey, password + security-key], lifetime: 5m }\n`,
    )
    expect(finding).toMatchObject({ path: 'levels.phr.accepts[1]', line: 4, column: 29 })
    expect(finding?.message).toContain('`password + security-key`')
    expect(finding?.message).not.toContain('`passkey`')
  })

  test('none where every alternative contains one', () => {
    expect(find('level_not_above', `${mfa}  phr: { accepts: [passkey], lifetime: 5m }\n`)).toEqual(
      [],
    )
  })

  test('none where the earlier one is the stronger', () => {
    expect(
      find('level_not_above', `${mfa}  low: { accepts: [password, passkey], lifetime: 5m }\n`),
    ).toEqual([])
  })

  test.each([['[mfa]'], ['[]']])('none where `satisfies: %s` states what is meant', (satisfies) => {
    expect(
      find(
        'level_not_above',
        `${mfa}  key: { accepts: [security-key], lifetime: 5m, satisfies: ${satisfies} }\n`,
      ),
    ).toEqual([])
  })
})
