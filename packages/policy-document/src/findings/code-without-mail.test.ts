import { describe, expect, test } from 'vitest'
import { type Finding, parsePolicyDocument } from '../index.ts'

const mail = 'mail: { from: id@example.com, smtp: { host: localhost } }\n'

function find(rest: string): readonly Finding[] {
  const result = parsePolicyDocument(`issuer: https://id.example.com
levels:
  basic: { accepts: [password], lifetime: 12h }
  mail: { accepts: [passkey, password + email-code], lifetime: 1h }
${rest}`)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.findings.filter(({ code }) => code === 'code_without_mail')
}

describe('a code by mail without mail', () => {
  test('is named by the level that accepts it', () => {
    expect(find('')).toMatchObject([
      { severity: 'warning', path: 'levels.mail.accepts[1]', line: 4 },
    ])
  })

  test('is none where there is mail, or the method is not offered', () => {
    expect(find(mail)).toEqual([])
    expect(find('methods: { email-code: { enabled: false } }\n')).toEqual([])
  })
})
