import { describe, expect, test } from 'vitest'
import { type Finding, parsePolicyDocument } from '../index.ts'

function find(code: string, rest: string): readonly Finding[] {
  const result = parsePolicyDocument(`issuer: https://id.example.com\n${rest}`)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.findings.filter((finding) => finding.code === code)
}

describe('a client level out of reach', () => {
  const levels = `levels:
  mail: { accepts: [email-code], lifetime: 1h }
  strong: { accepts: [email-code + passkey, passkey], lifetime: 1h, satisfies: [mail] }
`
  const withMethods = (methods: string): readonly Finding[] =>
    find(
      'client_level_out_of_reach',
      `${levels}methods: { ${methods} }\nclients: [{ id: web, redirectUris: ['https://a.example.com/'], minimum: mail, default: strong }]\n`,
    )

  test('is an error, for the minimum and for the default', () => {
    expect(
      withMethods('email-code: { enabled: false }, passkey: { enabled: false }'),
    ).toMatchObject([
      { severity: 'error', path: 'clients[0].minimum' },
      { severity: 'error', path: 'clients[0].default' },
    ])
  })

  test('a stronger level within reach is enough', () => {
    expect(withMethods('email-code: { enabled: false }')).toEqual([])
  })
})
