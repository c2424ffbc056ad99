import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import type { BearerError } from './bearer-error.ts'
import { formatBearerError } from './bearer-error.ts'
import { findStepUpChallenge } from './step-up-challenge.ts'

const fixture = new URL('../../../fixtures/challenges/bearer-errors.json', import.meta.url)
const { cases } = JSON.parse(readFileSync(fixture, 'utf8')) as {
  cases: { title: string; refusal: BearerError; header: string }[]
}

describe('a refusal that step-up does not mend (RFC 6750 §3)', () => {
  it.each(cases)('$title', ({ refusal, header }) => {
    expect(formatBearerError(refusal)).toBe(header)
    expect(findStepUpChallenge(header)).toEqual({ found: false })
  })

  it.each([
    ['invalid_scope', { scope: 'a"b' }],
    ['invalid_scope', { scope: 'é' }],
    ['invalid_realm', { realm: 'a\r\nSet-Cookie: x' }],
  ])('%s: %j is refused', (code, change) => {
    expect(() => formatBearerError({ scheme: 'Bearer', ...change })).toThrow(
      expect.objectContaining({ code }),
    )
  })
})
