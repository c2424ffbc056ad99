import { describe, expect, test } from 'vitest'
import { type Finding, parsePolicyDocument } from '../index.ts'

function find(code: string, rest: string): readonly Finding[] {
  const result = parsePolicyDocument(`issuer: https://id.example.com\n${rest}`)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.findings.filter((finding) => finding.code === code)
}

describe('a client default below its minimum', () => {
  const levels = `levels:
  basic: { accepts: [password], lifetime: 12h }
  mfa: { accepts: [password + totp], lifetime: 15m }
`
  const withClient = (client: string): readonly Finding[] =>
    find(
      'client_default_below_minimum',
      `${levels}clients: [{ id: web, redirectUris: ['https://a.example.com/'], ${client} }]\n`,
    )

  test('is an error', () => {
    expect(withClient('minimum: mfa, default: basic')).toMatchObject([
      { severity: 'error', path: 'clients[0].default', line: 5 },
    ])
  })

  test.each([
    ['minimum: basic, default: basic'],
    ['minimum: basic, default: mfa'],
    ['minimum: mfa'],
    ['default: basic'],
  ])('%s is fine', (client) => {
    expect(withClient(client)).toEqual([])
  })
})
