import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { methodNames, parsePolicyDocument, policyDocumentJsonSchema } from './index.ts'

const page = readFileSync(new URL('../../../docs/policy-document.md', import.meta.url), 'utf8')
const example = /```yaml\n(.*?)```/s.exec(page)?.[1] ?? ''

describe('the reference page', () => {
  test('has a complete example that reads without findings', () => {
    expect(parsePolicyDocument(example)).toMatchObject({ ok: true, findings: [] })
  })

  test('explains every key that the schema has', () => {
    const missing = keysOf(policyDocumentJsonSchema()).filter((key) => !page.includes(key))
    expect(missing).toEqual([])
  })

  test('uses every section in the example', () => {
    const { properties } = policyDocumentJsonSchema() as { properties: Record<string, unknown> }
    const sections = Object.keys(properties).filter((key) => key !== '$schema')
    expect(
      sections.filter((key) => !example.includes(`\n${key}:`) && !example.startsWith(key)),
    ).toEqual([])
  })

  test('names every method', () => {
    expect(methodNames.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  })
})

function keysOf(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const { properties, items, additionalProperties } = schema as Record<string, unknown>
  const own = Object.entries((properties ?? {}) as Record<string, unknown>)
  return [
    ...own.flatMap(([key, value]) => [key, ...keysOf(value)]),
    ...keysOf(items),
    ...keysOf(additionalProperties),
  ]
}
