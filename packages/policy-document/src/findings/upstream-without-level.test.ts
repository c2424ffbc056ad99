import { describe, expect, test } from 'vitest'
import { type Finding, parsePolicyDocument } from '../index.ts'

function find(accepts: string, methods = ''): readonly Finding[] {
  const result = parsePolicyDocument(`issuer: https://id.example.com
levels: { basic: { accepts: [password, ${accepts}], lifetime: 1h } }
${methods}upstreams: [{ id: company, issuer: 'https://login.example', clientId: newel, accept: [{ name: mfa, amr: [mfa] }] }]
`)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.findings
}

describe('an upstream without a level', () => {
  test('proves nothing that any level accepts', () => {
    expect(find('passkey')).toMatchObject([
      { code: 'upstream_without_level', path: 'upstreams[0].id', severity: 'warning' },
    ])
  })

  test.each(['federated', 'federated:company', 'federated:company/mfa'])(
    'is not one whose answers count as `%s`',
    (method) => {
      expect(find(method)).toEqual([])
    },
  )
})

describe('a level out of reach', () => {
  test('accepts what an upstream proves, and there is none', () => {
    const result = parsePolicyDocument(
      'issuer: https://id.example.com\nlevels: { basic: { accepts: [federated], lifetime: 1h } }\n',
    )
    expect(result.ok && result.findings).toMatchObject([
      { code: 'level_out_of_reach', mend: expect.stringContaining('`upstreams`') },
    ])
  })

  test('accepts what an upstream proves, and `federated` is switched off', () => {
    const result = parsePolicyDocument(`issuer: https://id.example.com
levels: { basic: { accepts: [password], lifetime: 1h }, mfa: { accepts: ['federated:company/mfa'], lifetime: 1h, satisfies: [basic] } }
methods: { federated: { enabled: false } }
upstreams: [{ id: company, issuer: 'https://login.example', clientId: newel, accept: [{ name: mfa, amr: [mfa] }] }]
`)
    expect(result.ok && result.findings.map(({ code, path }) => [code, path])).toEqual([
      ['level_out_of_reach', 'levels.mfa.accepts'],
    ])
  })
})
