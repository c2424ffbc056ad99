import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  type PolicyDocument,
  type PolicyDocumentResult,
  formatProblem,
  maxDocumentBytes,
  parsePolicyDocument,
  policyDocumentFromObject,
} from './index.ts'

const smallest =
  'issuer: https://id.example.com\nlevels:\n  basic: { accepts: [password], lifetime: 12h }\n'
const bank = readFileSync(new URL('../../../fixtures/documents/bank.yaml', import.meta.url), 'utf8')

function read(text: string): PolicyDocument {
  return documentOf(parsePolicyDocument(text))
}

function documentOf(result: PolicyDocumentResult): PolicyDocument {
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'))
  return result.document
}

function codesOf(result: PolicyDocumentResult): readonly string[] {
  return result.ok ? [] : result.problems.map(({ code }) => code)
}

describe('defaults', () => {
  const document =
    read(`${smallest}resources: [{ id: 'https://api.example.com', scopes: { read: Read } }]
clients: [{ id: web, redirectUris: ['https://a.example.com/x', 'https://a.example.com/y'], resources: ['https://api.example.com'] }]
`)

  test('a session lasts twelve hours', () => {
    expect(document.session).toEqual({ lifetimeSeconds: 43_200 })
  })

  test('five wrong answers in fifteen minutes lock a method for fifteen minutes', () => {
    expect(document.lockout).toEqual({
      attempts: 5,
      windowSeconds: 900,
      durationSeconds: 900,
      backOff: { maximumSeconds: 14_400, forgetAfterSeconds: 86_400 },
    })
  })

  test('a person may enrol during a step-up, which that alone does not satisfy', () => {
    expect(document.enrolment).toEqual({ duringStepUp: true, satisfiesPendingStepUp: false })
  })

  test('access tokens live for five minutes', () => {
    expect(document.resources[0]?.accessTokenLifetimeSeconds).toBe(300)
  })

  test('a client is a first-party strict app in the browser with the scopes of its resources', () => {
    expect(document.clients[0]).toEqual({
      id: 'web',
      type: 'spa',
      authentication: 'none',
      redirectUris: ['https://a.example.com/x', 'https://a.example.com/y'],
      postLogoutRedirectUris: [],
      allowedOrigins: ['https://a.example.com'],
      acrValues: 'strict',
      requirePushedRequests: false,
      signedRequests: 'optional',
      clientCredentials: false,
      dpop: 'optional',
      consent: 'none',
      resources: ['https://api.example.com'],
      scopes: ['openid', 'read'],
      refreshTokenLifetimeSeconds: 43_200,
      deviceFlow: false,
    })
  })

  test('a method is offered where a level accepts it', () => {
    expect(document.methods.get('password')).toEqual({ enabled: true })
    expect(document.methods.get('totp')).toEqual({ enabled: false })
    expect(document.methods.size).toBe(7)
  })

  test('no rules match nothing', () => {
    expect(document.rules.match({ method: 'GET', path: '/' })).toEqual({ kind: 'unmatched' })
  })
})

describe('names', () => {
  test('requirements and clients name levels; what is read has their wire values', () => {
    const document = read(
      `${bank}  - { id: admin, redirectUris: ['https://admin.example.com/cb'], minimum: phishing-resistant }\n`,
    )
    expect(document.requirements.get('admin-dashboard')).toEqual({
      name: 'admin-dashboard',
      acrValues: ['phr'],
    })
    expect(document.requirements.get('approve-large-transfer')).toEqual({
      name: 'approve-large-transfer',
      acrValues: ['phr'],
      maxAgeSeconds: 0,
      transaction: true,
    })
    expect(document.clients[1]?.minimum).toBe('phr')
  })

  test('several levels stay in the order of preference', () => {
    const document = read(
      bank.replace('{ level: mfa, maxAge: 10m }', '{ level: [phishing-resistant, mfa] }'),
    )
    expect(document.requirements.get('change-payment-details')?.acrValues).toEqual(['phr', 'mfa'])
  })

  test('the levels are ordered as the policy orders them', () => {
    expect(read(bank).levels.all.map(({ acr }) => acr)).toEqual(['basic', 'mfa', 'phr'])
  })

  test('a level may be called like a member of every object', () => {
    const document = read(smallest.replace('basic', 'constructor'))
    expect(document.levels.byName('constructor')?.acr).toBe('constructor')
  })
})

describe('rules', () => {
  const { rules } = read(bank)
  const transfer = (body: unknown): ReturnType<typeof rules.match> =>
    rules.match({ method: 'POST', path: '/api/transfers', body })

  test('the amount decides', () => {
    expect(transfer({ amount: 999.99 })).toEqual({ kind: 'unmatched' })
    expect(transfer({ amount: 1000 })).toMatchObject({
      kind: 'matched',
      index: 2,
      rule: { require: { name: 'approve-large-transfer' } },
    })
  })

  test.each([[undefined], [{}], [{ amount: '1000' }], ['amount=1000'], [{ amount: null }]])(
    'a body that cannot be judged (%j) leaves the rule undecidable',
    (body) => {
      expect(transfer(body)).toMatchObject({ kind: 'undecidable', index: 2 })
    },
  )

  test('`none` asks for no step-up', () => {
    const document = read(`${smallest}rules: [{ match: { path: /health }, require: none }]\n`)
    expect(document.rules.match({ method: 'GET', path: '/health' })).toMatchObject({
      kind: 'matched',
      rule: { require: 'none' },
    })
  })
})

describe('text', () => {
  test('a byte order mark is passed over and found', () => {
    const result = parsePolicyDocument(`\uFEFF${smallest}`)
    expect(result).toMatchObject({
      ok: true,
      findings: [{ code: 'byte_order_mark', severity: 'warning', line: 1, column: 1 }],
    })
  })

  test('a document of exactly the byte limit is read', () => {
    const padding = '#'.repeat(maxDocumentBytes - smallest.length)
    expect(parsePolicyDocument(smallest + padding).ok).toBe(true)
  })

  test('one byte more is refused, counted in UTF-8', () => {
    const padding = '#'.repeat(maxDocumentBytes - smallest.length - 1)
    expect(codesOf(parsePolicyDocument(`${smallest}${padding}é`))).toEqual(['document_too_large'])
    expect(codesOf(parsePolicyDocument(`${smallest}${padding}##`))).toEqual(['document_too_large'])
  })

  test.each([
    ['empty text', ''],
    ['spaces', ' \n\t\n'],
    ['a comment', '# nothing'],
  ])('%s is an empty document', (_, text) => {
    expect(codesOf(parsePolicyDocument(text))).toEqual(['empty_document'])
  })

  test.each([
    ['nested aliases that multiply', bomb(8)],
    ['more aliases than the limit', `${smallest}x: &x 1\ny: [${'*x,'.repeat(101)}]\n`],
    ['brackets left open', '['.repeat(50_000)],
    ['deep nesting', `a: ${'['.repeat(40)}${']'.repeat(40)}\n`],
    [
      'sixty thousand keys',
      Array.from({ length: 60_000 }, (_, index) => `k${index}: v`).join('\n'),
    ],
    ['a megabyte of unclosed quotes', `a: "${'x\n'.repeat(300_000)}`],
  ])('%s are refused in bounded time', { timeout: 120_000 }, (_, text) => {
    expect(parsePolicyDocument(text).ok).toBe(false)
  })

  test('ten thousand rules are read and compared in bounded time', { timeout: 120_000 }, () => {
    const rules = Array.from(
      { length: 10_000 },
      (_, index) => `  - { match: { path: '/api/${index}/:id' }, require: none }`,
    )
    expect(parsePolicyDocument(`${smallest}rules:\n${rules.join('\n')}\n`)).toMatchObject({
      ok: true,
      findings: [],
    })
  })

  test('aliases that multiply, and values, stop at a limit', () => {
    expect(codesOf(parsePolicyDocument(bomb(8)))).toEqual(['too_many_aliases'])
    expect(codesOf(parsePolicyDocument(`a: [${'x,'.repeat(100_001)}]\n`))).toEqual([
      'too_many_values',
    ])
  })

  test('a key that would reach the prototype is unknown', () => {
    expect(codesOf(parsePolicyDocument(`${smallest}__proto__: { name: x }\n`))).toEqual([
      'unknown_key',
    ])
  })

  test('JSON is held to JSON', () => {
    expect(codesOf(parsePolicyDocument(smallest, { format: 'json' }))).toEqual(['json_syntax'])
  })

  test('JSON is known by the name of the file', () => {
    expect(codesOf(parsePolicyDocument(smallest, { fileName: 'newel.json' }))).toEqual([
      'json_syntax',
    ])
  })
})

describe('an object', () => {
  const object = {
    issuer: 'https://id.example.com',
    levels: { basic: { accepts: ['password'], lifetime: 3600 } },
  }

  test('is read like the text of it', () => {
    expect(documentOf(policyDocumentFromObject(object)).levels.lifetimeSeconds('basic')).toBe(3600)
  })

  test('an absent optional is no key', () => {
    expect(policyDocumentFromObject({ ...object, name: undefined }).ok).toBe(true)
  })

  test('has problems with paths instead of lines', () => {
    const result = policyDocumentFromObject(
      { ...object, levels: { basic: { accept: ['password'], lifetime: 3600 } } },
      { fileName: 'newel.config.ts' },
    )
    expect(result).toEqual({
      ok: false,
      problems: [
        {
          code: 'unknown_key',
          path: 'levels.basic.accept',
          fileName: 'newel.config.ts',
          message: 'unknown key `accept` in `levels.basic`',
          mend: 'did you mean `accepts`?',
        },
      ],
    })
  })

  test.each([
    ['a function', { ...object, name: () => 'x' }],
    ['a date', { ...object, name: new Date(0) }],
    ['a big integer', { ...object, lockout: { attempts: 5n } }],
  ])('%s in it is no data', (_, value) => {
    expect(codesOf(policyDocumentFromObject(value))).toEqual(['unsupported_value'])
  })

  test('that holds itself is refused', () => {
    const circle: Record<string, unknown> = { ...object }
    circle.name = circle
    expect(codesOf(policyDocumentFromObject(circle))).toContain('too_deep')
  })

  test.each([[null], [undefined], ['text'], [7], [[]]])('%j is no document', (value) => {
    expect(codesOf(policyDocumentFromObject(value))).toEqual(['not_a_mapping'])
  })
})

/** Nine to the power of `depth` values, in as many lines. */
function bomb(depth: number): string {
  const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x]']
  for (let level = 1; level <= depth; level++) {
    lines.push(
      `a${level}: &a${level} [${Array.from({ length: 9 }, () => `*a${level - 1}`).join(',')}]`,
    )
  }
  return `${lines.join('\n')}\n`
}
