import { describe, expect, test } from 'vitest'
import { parsePolicyDocument } from '../index.ts'

const whole =
  "id: company, issuer: 'https://login.example', clientId: newel, accept: [{ name: mfa, acr: loa3 }]"

function read(upstreams: string, levels = 'basic: { accepts: [password], lifetime: 12h }') {
  return parsePolicyDocument(
    `issuer: https://id.example.com\nlevels: { ${levels} }\nupstreams: ${upstreams}\n`,
  )
}

function upstreamOf(entry: string): unknown {
  const result = read(`[{ ${entry} }]`)
  return result.ok ? result.document.upstreams[0] : result.problems
}

describe('upstreams', () => {
  test('are none without the section', () => {
    const result = parsePolicyDocument(
      'issuer: https://id.example.com\nlevels: { basic: { accepts: [password], lifetime: 12h } }\n',
    )
    expect(result.ok && result.document.upstreams).toEqual([])
  })

  test('are public clients that ask who it is, need `auth_time`, make no accounts and vouch for no address', () => {
    expect(upstreamOf(whole)).toEqual({
      id: 'company',
      name: 'company',
      issuer: 'https://login.example',
      clientId: 'newel',
      scopes: ['openid'],
      authTime: 'required',
      provision: false,
      trustEmail: false,
      accept: [{ name: 'mfa', acr: ['loa3'], amr: [] }],
    })
  })

  test('keep the reference to a secret, and ask for `openid` whatever else they ask for', () => {
    expect(upstreamOf(`${whole}, secret: { file: s }, scopes: [email, openid]`)).toMatchObject({
      secret: { file: 's' },
      scopes: ['openid', 'email'],
    })
  })

  test('vouch for the addresses of the accounts that they provide where the document says so', () => {
    expect(upstreamOf(`${whole}, provision: true, trustEmail: true`)).toMatchObject({
      provision: true,
      trustEmail: true,
    })
  })

  test('accept answers by `acr`, by `amr`, by both, or any', () => {
    expect(
      upstreamOf(
        "id: c, issuer: 'https://login.example', clientId: n, accept: [{ name: a, acr: [x, y], amr: [mfa] }, { name: b, any: true }]",
      ),
    ).toMatchObject({
      accept: [
        { name: 'a', acr: ['x', 'y'], amr: ['mfa'] },
        { name: 'b', acr: [], amr: [] },
      ],
    })
  })

  const answer = (entry: string): string => whole.replace('{ name: mfa, acr: loa3 }', entry)
  const problems: readonly (readonly [string, string, string, string])[] = [
    ['an id with capitals', whole.replace('company', 'Co'), 'invalid_upstream_id', '[0].id'],
    ['an issuer in the clear', whole.replace('https', 'http'), 'invalid_issuer', '[0].issuer'],
    [
      'the provider itself',
      whole.replace('login.example', 'id.example.com'),
      'duplicate_upstream',
      '[0].issuer',
    ],
    [
      'a secret in two places',
      `${whole}, secret: { env: A, file: b }`,
      'ambiguous_secret',
      '[0].secret',
    ],
    [
      'an answer that says nothing',
      answer('{ name: mfa }'),
      'ambiguous_upstream_answer',
      '[0].accept[0]',
    ],
    [
      'an answer that is any and one at once',
      answer('{ name: mfa, any: true, amr: [mfa] }'),
      'ambiguous_upstream_answer',
      '[0].accept[0]',
    ],
    [
      'two answers of one name',
      answer('{ name: mfa, acr: a }, { name: mfa, acr: b }'),
      'duplicate_upstream_answer',
      '[0].accept[1].name',
    ],
    [
      'an answer with a name that no level can write',
      answer('{ name: a/b, acr: a }'),
      'invalid_upstream_id',
      '[0].accept[0].name',
    ],
    [
      'a trusted address where no account is provided',
      `${whole}, trustEmail: true`,
      'unused_trust_email',
      '[0].trustEmail',
    ],
    ['an acr with a space', answer('{ name: mfa, acr: a b }'), 'invalid_acr', '[0].accept[0].acr'],
  ]

  test.each(problems)('%s is refused', (_title, entry, code, place) => {
    const result = read(`[{ ${entry} }]`)
    expect(!result.ok && result.problems).toMatchObject([{ code, path: `upstreams${place}` }])
  })

  test('have an id and an issuer each', () => {
    const result = read(`[{ ${whole} }, { ${whole} }]`)
    expect(!result.ok && result.problems.map(({ code, path }) => [code, path])).toEqual([
      ['duplicate_upstream', 'upstreams[1].id'],
      ['duplicate_upstream', 'upstreams[1].issuer'],
    ])
  })

  test('are declared where a level accepts what they prove', () => {
    const result = read(
      `[{ ${whole} }]`,
      "basic: { accepts: ['password', 'federated:company'], lifetime: 1h }, mfa: { accepts: ['federated:company/mfx', 'password + federated:other'], lifetime: 1h }",
    )
    expect(!result.ok && result.problems).toMatchObject([
      {
        code: 'undeclared_upstream',
        path: 'levels.mfa.accepts[0]',
        mend: expect.stringContaining('federated:company/mfa'),
      },
      { code: 'undeclared_upstream', path: 'levels.mfa.accepts[1]' },
    ])
  })
})

describe('methods of upstreams', () => {
  const levels =
    "basic: { accepts: [password, 'federated:company'], lifetime: 1h }, mfa: { accepts: ['federated:company/mfa'], lifetime: 1h }"

  test('stand and fall with `federated`', () => {
    const result = read(`[{ ${whole} }]`, levels)
    const methods = result.ok ? result.document.methods : new Map()
    for (const method of ['federated', 'federated:company', 'federated:company/mfa']) {
      expect(methods.get(method)).toEqual({ enabled: true })
    }
    const off = read(`[{ ${whole} }]\nmethods: { federated: { enabled: false } }`, levels)
    expect(off.ok && off.document.methods.get('federated:company/mfa')).toEqual({ enabled: false })
  })

  test('live as long as `federated` is said to', () => {
    const result = read(`[{ ${whole} }]\nmethods: { federated: { lifetime: 5m } }`, levels)
    expect(result.ok && result.document.levels.methodLifetimeSeconds('federated:company/mfa')).toBe(
      300,
    )
  })

  test('are capped with `federated`', () => {
    const result = read(`[{ ${whole} }]\nmethods: { federated: { highest: basic } }`, levels)
    expect(!result.ok && result.problems).toMatchObject([
      { code: 'method_above_cap', path: 'levels.mfa.accepts[0]' },
    ])
  })

  test('prove what the wider names prove, so that levels stand above each other', () => {
    const result = read(`[{ ${whole} }]`, levels)
    expect(result.ok && result.document.levels.satisfies('mfa', 'basic')).toBe(true)
    expect(result.ok && result.document.levels.satisfies('basic', 'mfa')).toBe(false)
  })
})
