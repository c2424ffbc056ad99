import { describe, expect, test } from 'vitest'
import { parsePolicyDocument } from '../index.ts'

const smallest =
  'issuer: https://id.example.com\nlevels:\n  basic: { accepts: [password], lifetime: 12h }\n'

function read(mail: string): ReturnType<typeof parsePolicyDocument> {
  return parsePolicyDocument(`${smallest}mail: ${mail}\n`)
}

function smtpOf(smtp: string): unknown {
  const result = read(`{ from: id@example.com, smtp: ${smtp} }`)
  return result.ok ? result.document.mail?.smtp : result.problems
}

describe('mail', () => {
  test.each([
    ['{ host: m.example.com }', { host: 'm.example.com', port: 587, tls: 'starttls' }],
    [
      '{ host: m.example.com, tls: implicit }',
      { host: 'm.example.com', port: 465, tls: 'implicit' },
    ],
    ['{ host: localhost }', { host: 'localhost', port: 25, tls: 'none' }],
    ['{ host: localhost, tls: starttls }', { host: 'localhost', port: 587, tls: 'starttls' }],
    ['{ host: 127.0.0.1, port: 1025 }', { host: '127.0.0.1', port: 1025, tls: 'none' }],
  ])('%s has the usual port and TLS', (smtp, expected) => {
    expect(smtpOf(smtp)).toEqual(expected)
  })

  test('is not sent without the section', () => {
    const result = parsePolicyDocument(smallest)
    expect(result.ok && result.document.mail).toBeUndefined()
  })

  test('keeps the reference to a password, never the password', () => {
    const smtp = '{ host: m.example.com, username: newel, password: { env: SMTP_PASSWORD } }'
    expect(smtpOf(smtp)).toMatchObject({ username: 'newel', password: { env: 'SMTP_PASSWORD' } })
    const plain = read(
      '{ from: a@example.com, smtp: { host: m.example.com, username: newel, password: hunter2 } }',
    )
    expect(plain.ok ? [] : plain.problems.map(({ code }) => code)).toContain('wrong_type')
    expect(JSON.stringify(plain)).not.toContain('hunter2')
  })

  test.each([
    ['{ from: nobody, smtp: { host: localhost } }', 'invalid_sender'],
    ['{ from: a@example.com, smtp: { host: m.example.com, tls: none } }', 'mail_without_tls'],
    ['{ from: a@example.com, smtp: { host: localhost, username: a } }', 'incomplete_mail_login'],
    [
      '{ from: a@example.com, smtp: { host: localhost, password: { env: A } } }',
      'incomplete_mail_login',
    ],
    ['{ from: a@example.com }', 'missing_key'],
  ])('%s is refused: %s', (mail, code) => {
    const result = read(mail)
    expect(result.ok ? [] : result.problems.map((problem) => problem.code)).toEqual([code])
  })
})
