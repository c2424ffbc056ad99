import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { policyDocumentJsonSchema, policyDocumentJsonSchemaText } from './json-schema.ts'

describe('the JSON Schema', () => {
  test('as committed is the one of the shapes (else run src/shape/write-json-schema.ts)', () => {
    const committed: unknown = JSON.parse(
      readFileSync(new URL('../../newel.schema.json', import.meta.url), 'utf8'),
    )
    expect(committed).toEqual(JSON.parse(policyDocumentJsonSchemaText()))
  })

  test('describes every key, so that editors can', () => {
    expect(undescribed(policyDocumentJsonSchema(), '')).toEqual([])
  })

  test('refuses unknown keys', () => {
    expect(policyDocumentJsonSchema()).toMatchObject({
      additionalProperties: false,
      required: ['issuer', 'levels'],
    })
  })

  test('names the methods in alternatives, and the form of durations', () => {
    expect(policyDocumentJsonSchema()).toMatchObject({
      properties: {
        levels: {
          additionalProperties: {
            properties: {
              accepts: { items: { pattern: expect.stringContaining('password|totp|passkey') } },
              lifetime: {
                anyOf: [
                  { type: 'string', pattern: expect.stringContaining('h') },
                  { type: 'integer', minimum: 0 },
                ],
              },
            },
          },
        },
      },
    })
  })
})

function undescribed(schema: unknown, path: string): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const { properties, items, additionalProperties } = schema as Record<string, unknown>
  const inner = Object.entries((properties ?? {}) as Record<string, Record<string, unknown>>)
  return [
    ...inner.flatMap(([key, value]) => [
      ...(value.description === undefined && value.properties === undefined
        ? [`${path}.${key}`]
        : []),
      ...undescribed(value, `${path}.${key}`),
    ]),
    ...undescribed(items, path),
    ...undescribed(additionalProperties, path),
  ]
}
