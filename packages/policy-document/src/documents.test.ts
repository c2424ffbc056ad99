import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Finding, type Problem, parsePolicyDocument } from './index.ts'

const folder = new URL('../../../fixtures/documents/', import.meta.url)
const documents = readdirSync(folder).filter(
  (name) => /\.(yaml|json)(\.txt)?$/.test(name) && !name.endsWith('.expected.json'),
)

describe('documents', () => {
  test.each(documents)('%s says what stands beside it', (name) => {
    const result = parsePolicyDocument(readFileSync(new URL(name, folder), 'utf8'), {
      fileName: name.replace(/\.txt$/, ''),
    })
    const expected = name.replace(/\.(yaml|json)(\.txt)?$/, '.expected.json')
    expect(
      result.ok
        ? { ok: true, findings: result.findings.map(placeOf) }
        : { ok: false, problems: result.problems.map(placeOf) },
    ).toEqual(JSON.parse(readFileSync(new URL(expected, folder), 'utf8')))
  })

  test.each(documents)('every problem of %s has a mend and fits on one line', (name) => {
    const result = parsePolicyDocument(readFileSync(new URL(name, folder), 'utf8'))
    for (const { message, mend } of result.ok ? result.findings : result.problems) {
      expect(mend).not.toBe('')
      expect(message).not.toMatch(/\n|\.$|^[A-Z]/)
    }
  })

  test('no problem repeats a secret that was written into the document', () => {
    const text = readFileSync(new URL('clients-broken.yaml', folder), 'utf8')
    expect(text).toContain('hunter2hunter2')
    expect(JSON.stringify(parsePolicyDocument(text))).not.toContain('hunter2hunter2')
  })
})

function placeOf(problem: Problem | Finding): Record<string, unknown> {
  const { code, path, line, column } = problem
  return { code, path, line, column, ...('severity' in problem && { severity: problem.severity }) }
}
