import { describe, expect, test } from 'vitest'
import { type Finding, parsePolicyDocument } from '../index.ts'
import { compilePathPattern } from '@newel/policy'
import { WiderPatterns } from './shadowed-rule.ts'

function find(code: string, rest: string): readonly Finding[] {
  const result = parsePolicyDocument(`issuer: https://id.example.com\n${rest}`)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.findings.filter((finding) => finding.code === code)
}

describe('a shadowed rule', () => {
  const before =
    'levels: { mfa: { accepts: [totp], lifetime: 15m } }\nrequirements: { pay: { level: mfa } }\n'
  const withRules = (...rules: readonly string[]): readonly string[] =>
    find(
      'shadowed_rule',
      `${before}rules:\n${rules.map((rule) => `  - { ${rule}, require: pay }\n`).join('')}`,
    ).map(({ path }) => path)

  test.each([
    ['the same match', 'match: { path: /a }', 'match: { path: /a }'],
    ['a wider path', 'match: { path: /a/** }', 'match: { path: /a/b/c }'],
    ['all methods', 'match: { path: /a }', 'match: { path: /a, methods: [GET] }'],
    [
      'more methods',
      'match: { path: /a, methods: [get, PUT] }',
      'match: { path: /a, methods: [PUT] }',
    ],
    ['all hosts', 'match: { path: /a }', 'match: { path: /a, host: a.example.com }'],
    [
      'the host in other letters',
      'match: { path: /a, host: A.example.com }',
      'match: { path: /a, host: a.example.com }',
    ],
    [
      'a condition on the later one alone',
      'match: { path: /a }',
      'match: { path: /a }, when: \'request.method == "GET"\'',
    ],
  ])('stands after %s', (_, first, second) => {
    expect(withRules(first, second)).toEqual(['rules[1]'])
  })

  test.each([
    [
      'a condition',
      'match: { path: /a }, when: \'request.method == "GET"\'',
      'match: { path: /a }',
    ],
    ['fewer methods', 'match: { path: /a, methods: [GET] }', 'match: { path: /a }'],
    [
      'another method',
      'match: { path: /a, methods: [GET] }',
      'match: { path: /a, methods: [PUT] }',
    ],
    ['one host', 'match: { path: /a, host: a.example.com }', 'match: { path: /a }'],
    ['a narrower path', 'match: { path: /a/b }', 'match: { path: /a/** }'],
  ])('is not one after %s', (_, first, second) => {
    expect(withRules(first, second)).toEqual([])
  })
})

describe('a path covers another', () => {
  test.each([
    ['/**', '/', true],
    ['/**', '/a/b', true],
    ['/a/**', '/a', true],
    ['/a/**', '/a/**', true],
    ['/a/**', '/a/b/**', true],
    ['/a/*/**', '/a/:id', true],
    ['/a/*', '/a/b', true],
    ['/a/*', '/a/:id', true],
    ['/a/*', '/a', false],
    ['/a/*', '/a/b/c', false],
    ['/a/*', '/a/**', false],
    ['/a/b', '/a/*', false],
    ['/*', '/', false],
    ['/a', '/A', false],
    ['/a/**', '/ab', false],
  ])('%s over %s: %s', (wide, narrow, expected) => {
    const [outer, inner] = [compilePathPattern(wide), compilePathPattern(narrow)]
    if (!outer.ok || !inner.ok) throw new Error('a pattern of the table is wrong')
    const patterns = new WiderPatterns()
    patterns.add(outer.pattern, 7)
    expect(patterns.over(inner.pattern)).toEqual(expected ? [7] : [])
  })
})
