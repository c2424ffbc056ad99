import { describe, expect, it } from 'vitest'
import { canonicalPath, compilePathPattern, compileRules } from '../src/index.ts'
import { type MatchingTables, type PathTable, type PatternTable, readFixture } from './fixtures.ts'

const conditions = {
  always: () => true,
  never: () => false,
  fails: (): boolean => {
    throw new TypeError('no such member')
  },
}

describe('a canonical path', () => {
  it.each((readFixture('rules/paths.json') as PathTable).paths)('$title: $path', (row) => {
    const result = canonicalPath(row.path)
    expect(result.ok ? result.path : null).toBe(row.canonical)
    // What is canonical stays as it is.
    if (result.ok && !result.path.includes('%')) {
      expect(canonicalPath(result.path)).toEqual(result)
    }
  })
})

describe('a path pattern', () => {
  const { patterns, refused } = readFixture('rules/patterns.json') as PatternTable

  it.each(patterns)('$pattern takes what it should and nothing else', (row) => {
    const rules = compileRules([{ path: row.pattern, require: 'none' }])
    for (const path of row.matches) {
      expect([path, rules.match({ method: 'GET', path }).kind]).toEqual([path, 'matched'])
    }
    for (const path of row.misses) {
      expect([path, rules.match({ method: 'GET', path }).kind]).toEqual([path, 'unmatched'])
    }
  })

  it.each(refused)('is refused with $title: $pattern', ({ pattern }) => {
    expect(compilePathPattern(pattern)).toMatchObject({ ok: false })
    expect(() =>
      compileRules([
        { path: '/', require: 'none' },
        { path: pattern, require: 'none' },
      ]),
    ).toThrow(
      expect.objectContaining({
        name: 'PolicyError',
        code: 'invalid_pattern',
        path: 'rules[1].match.path',
      }),
    )
  })
})

describe.each((readFixture('rules/matching.json') as MatchingTables).tables)('$title', (table) => {
  const rules = compileRules(
    table.rules.map(({ when, ...rule }) => ({
      ...rule,
      ...(when ? { when: conditions[when] } : {}),
    })),
  )

  it.each(table.requests)('$title', ({ request, kind, index }) => {
    const match = rules.match(request)
    expect(match.kind).toBe(kind)
    expect('index' in match ? match.index : undefined).toBe(index)
    if ('rule' in match) expect(match.rule).toBe(rules.definitions[match.index])
    if (match.kind === 'undecidable') expect(match.cause).toBeInstanceOf(TypeError)
  })
})
