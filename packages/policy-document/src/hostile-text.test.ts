import { readFileSync, readdirSync } from 'node:fs'
import fc from 'fast-check'
import { fuzzed } from '@newel/testing/fuzz'
import { describe, expect, test } from 'vitest'
import {
  type PolicyDocumentResult,
  compileCondition,
  parsePolicyDocument,
  policyDocumentFromObject,
} from './index.ts'

const folder = new URL('../../../fixtures/documents/', import.meta.url)
const texts = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(new URL(name, folder), 'utf8'))

function expectSound(result: PolicyDocumentResult): void {
  if (result.ok) return
  expect(result.problems.length).toBeGreaterThan(0)
  for (const { code, message, mend, line, column } of result.problems) {
    expect(code).toMatch(/^[a-z_]+$/)
    expect(message).not.toBe('')
    expect(mend).not.toBe('')
    expect(line ?? 1).toBeGreaterThan(0)
    expect(column ?? 1).toBeGreaterThan(0)
  }
}

describe('hostile text', () => {
  test('of any kind gives problems with places, never an exception', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const result = parsePolicyDocument(text)
        expect(result.ok).toBe(false)
        expectSound(result)
      }),
      fuzzed(200),
    )
  })

  test('that was a document before a part was replaced does so too', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '{',
        '[',
        '*a',
        '&a ',
        '!!',
        '- ',
        ': ',
        '\n',
        '\t',
        '~',
        '0',
        '"',
        '|',
        '? ',
      ),
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.nat(),
        fc.nat(20),
        piece,
        (text, at, length, put) => {
          const start = at % text.length
          expectSound(parsePolicyDocument(text.slice(0, start) + put + text.slice(start + length)))
        },
      ),
      fuzzed(500),
    )
  })

  test('an object of any kind gives problems, never an exception', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), fc.anything(), (levels, clients, rules) => {
        expectSound(
          policyDocumentFromObject({ issuer: 'https://id.example.com', levels, clients, rules }),
        )
      }),
      fuzzed(200),
    )
  })

  test('as a condition is refused or compiled, never an exception', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom('', 'request.', 'request.body.', '!', '['),
        (text, before) => {
          const result = compileCondition(before + text)
          if (!result.ok) expect(result.offset).toBeGreaterThanOrEqual(0)
        },
      ),
      fuzzed(200),
    )
  })
})
