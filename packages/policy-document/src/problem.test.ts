import { describe, expect, test } from 'vitest'
import { formatProblem } from './problem.ts'

const base = {
  code: 'unknown_key',
  path: 'levels.mfa.acepts',
  message: 'unknown key `acepts`',
  mend: 'did you mean `accepts`?',
}

describe('a formatted problem', () => {
  test('starts with file, line and column, as editors read them', () => {
    expect(formatProblem({ ...base, fileName: 'newel.yaml', line: 12, column: 9 })).toBe(
      'newel.yaml:12:9: error unknown_key: unknown key `acepts`\n  mend: did you mean `accepts`?',
    )
  })

  test('names the path where there is no line', () => {
    expect(formatProblem({ ...base, fileName: 'newel.config.ts' })).toBe(
      'newel.config.ts: error unknown_key: levels.mfa.acepts: unknown key `acepts`\n  mend: did you mean `accepts`?',
    )
  })

  test('a finding names its severity', () => {
    expect(formatProblem({ ...base, severity: 'warning' })).toMatch(/^warning unknown_key: /)
  })
})
