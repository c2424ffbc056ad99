import { readFileSync } from 'node:fs'

import type { Requirement, UnmetItem } from '@newel/policy'
import * as fc from 'fast-check'
import { fuzzed } from '@newel/testing/fuzz'
import { describe, expect, it } from 'vitest'

import { longestChallengeHeader, parseChallenges } from './challenge-syntax.ts'
import { longestMaxAgeSeconds } from './max-age.ts'
import type { StepUpChallenge } from './step-up-challenge.ts'
import {
  findStepUpChallenge,
  formatStepUpChallenge,
  stepUpChallengeFor,
} from './step-up-challenge.ts'

interface ReadingCase {
  title: string
  header: string | string[] | null
  challenge?: StepUpChallenge
  error?: string
}

interface DecisionCase {
  title: string
  requirement: Requirement
  unmet: UnmetItem[]
  options: Parameters<typeof stepUpChallengeFor>[2]
  header: string
}

function fixture<Case>(name: string): Case[] {
  const file = new URL(`../../../fixtures/challenges/${name}.json`, import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] }).cases
}

describe('finding a step-up challenge (RFC 9470 §3)', () => {
  it.each(fixture<ReadingCase>('step-up'))('$title', ({ header, challenge, error }) => {
    const read = findStepUpChallenge(header)
    if (challenge) expect(read).toEqual({ found: true, challenge })
    else if (error) expect(read).toMatchObject({ found: false, code: error })
    else expect(read).toEqual({ found: false })
  })
})

describe('a step-up challenge from a decision', () => {
  it.each(fixture<DecisionCase>('from-decision'))(
    '$title',
    ({ requirement, unmet, options, header }) => {
      expect(formatStepUpChallenge(stepUpChallengeFor(requirement, unmet, options))).toBe(header)
    },
  )

  it('is refused where neither the requirement nor the unmet items name anything to ask', () => {
    const unmet: UnmetItem[] = [{ acr: '', reason: 'missing' }]
    expect(() => stepUpChallengeFor({ acrValues: [] }, unmet, { scheme: 'Bearer' })).toThrow(
      expect.objectContaining({ code: 'empty_challenge' }),
    )
  })
})

describe('writing a step-up challenge', () => {
  const challenge: StepUpChallenge = { scheme: 'Bearer', acrValues: ['mfa'] }
  const refusals: [string, Partial<StepUpChallenge>, string][] = [
    ['nothing to ask', { acrValues: [] }, 'empty_challenge'],
    ['an empty level', { acrValues: [''] }, 'invalid_acr'],
    ['a level with a space', { acrValues: ['mfa phr'] }, 'invalid_acr'],
    ['a level with a quotation mark', { acrValues: ['mfa", error="x'] }, 'invalid_acr'],
    ['a level with a backslash', { acrValues: ['mfa\\'] }, 'invalid_acr'],
    ['a level with a line feed', { acrValues: ['mfa\r\nSet-Cookie: x'] }, 'invalid_acr'],
    ['a level beyond ASCII', { acrValues: ['mfá'] }, 'invalid_acr'],
    ['more levels than are read', { acrValues: numbered(65) }, 'invalid_acr'],
    ['a negative age', { maxAgeSeconds: -1 }, 'invalid_max_age'],
    ['a fraction of a second', { maxAgeSeconds: 1.5 }, 'invalid_max_age'],
    ['an age that is no number', { maxAgeSeconds: Number.NaN }, 'invalid_max_age'],
    ['an endless age', { maxAgeSeconds: Infinity }, 'invalid_max_age'],
    ['an age above the limit', { maxAgeSeconds: longestMaxAgeSeconds + 1 }, 'invalid_max_age'],
    ['a scope with a quotation mark', { scope: 'a", realm="b' }, 'invalid_scope'],
    ['a scope with a line feed', { scope: 'a\nb' }, 'invalid_scope'],
    ['a scope with two spaces', { scope: 'a  b' }, 'invalid_scope'],
    ['an empty scope', { scope: '' }, 'invalid_scope'],
    ['a realm with a line feed', { realm: 'a\r\nb' }, 'invalid_realm'],
    ['a realm beyond ASCII', { realm: 'bänk' }, 'invalid_realm'],
    ['an overlong realm', { realm: 'a'.repeat(256) }, 'invalid_realm'],
  ]

  it.each(refusals)('%s is refused', (_, change, code) => {
    expect(() => formatStepUpChallenge({ ...challenge, ...change })).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code }),
    )
  })

  it('in a description, characters that RFC 6750 §3 does not allow are replaced', () => {
    const description = 'a"b\\c\r\nd\u0000é€\u2028'
    expect(formatStepUpChallenge({ ...challenge, description })).toBe(
      'Bearer error="insufficient_user_authentication", ' +
        'error_description="a\'b?c??d????", acr_values="mfa"',
    )
  })

  it('a description of more than 500 characters is cut', () => {
    const read = findStepUpChallenge(
      formatStepUpChallenge({ ...challenge, description: 'a'.repeat(501) }),
    )
    expect(read.found && read.challenge.description).toBe('a'.repeat(500))
  })

  it('a JavaScript caller cannot smuggle anything through the description', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (description) => {
        const header = formatStepUpChallenge({ ...challenge, description })
        expect(header).toMatch(/^[\x20-\x7e]+$/)
        const read = parseChallenges(header)
        expect(read.ok && read.challenges.map(({ parameters }) => [...parameters.keys()])).toEqual([
          ['error', 'error_description', 'acr_values'],
        ])
      }),
      fuzzed(200),
    )
  })
})

const value = textOf([...range(0x21, 0x21), ...range(0x23, 0x5b), ...range(0x5d, 0x7e)], 1, 20)
const legalChallenge = fc
  .record(
    {
      scheme: fc.constantFrom('Bearer' as const, 'DPoP' as const),
      acrValues: fc.uniqueArray(value, { maxLength: 5 }),
      maxAgeSeconds: fc.integer({ min: 0, max: longestMaxAgeSeconds }),
      scope: fc.array(value, { minLength: 1, maxLength: 4 }).map((scopes) => scopes.join(' ')),
      realm: textOf(range(0x20, 0x7e), 0, 30),
      description: textOf([0x20, 0x21, ...range(0x23, 0x5b), ...range(0x5d, 0x7e)], 0, 60),
    },
    { requiredKeys: ['scheme', 'acrValues'] },
  )
  .filter(({ acrValues, maxAgeSeconds }) => acrValues.length > 0 || maxAgeSeconds !== undefined)

describe('what is written is read back', () => {
  it('for every legal challenge', () => {
    fc.assert(
      fc.property(legalChallenge, (challenge) => {
        expect(findStepUpChallenge(formatStepUpChallenge(challenge))).toEqual({
          found: true,
          challenge,
        })
      }),
      fuzzed(1000),
    )
  })

  it('for the largest legal challenge, which stays under the longest header', () => {
    const long = numbered(64).map((digits) => digits.padStart(63, 'x'))
    const challenge: StepUpChallenge = {
      scheme: 'Bearer',
      acrValues: long,
      maxAgeSeconds: longestMaxAgeSeconds,
      scope: 's'.repeat(4096),
      realm: '\\'.repeat(255),
      description: 'd'.repeat(500),
    }
    const header = formatStepUpChallenge(challenge)
    expect(header.length).toBeLessThan(longestChallengeHeader)
    expect(findStepUpChallenge(header)).toEqual({ found: true, challenge })
  })

  it('beside other well-formed challenges, before and after', () => {
    const others = fc.array(
      fc.constantFrom(
        'Negotiate',
        'Negotiate YIIa+/==',
        'Basic realm="a, b"',
        'Digest realm="x\\"y", qop="auth", nonce=n',
        'Bearer error="invalid_token"',
        'Bearer',
        '',
      ),
      { maxLength: 4 },
    )
    fc.assert(
      fc.property(legalChallenge, others, others, (challenge, before, after) => {
        const lines = [...before, formatStepUpChallenge(challenge), ...after]
        const expected = { found: true, challenge }
        expect(findStepUpChallenge(lines)).toEqual(expected)
        expect(findStepUpChallenge(lines.join(', '))).toEqual(expected)
      }),
      fuzzed(200),
    )
  })

  it('beside junk it is read whole or refused: junk never changes what is asked', () => {
    const junk = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      textOf(
        Array.from('Ba1=", \t\\', (character) => character.charCodeAt(0)),
        0,
        30,
      ),
    )
    fc.assert(
      fc.property(legalChallenge, junk, junk, (challenge, before, after) => {
        const read = findStepUpChallenge([before, formatStepUpChallenge(challenge), after])
        if (read.found) expect(read.challenge).toEqual(challenge)
        else expect(read.code).toBeTypeOf('string')
      }),
      fuzzed(3000),
    )
  })

  it('and no text whatever makes reading throw', () => {
    const parts = fc.constantFrom(
      'Bearer ',
      'DPoP ',
      'error=insufficient_user_authentication',
      ', ',
      'acr_values="mfa"',
      'max_age=',
      '300',
      '"',
      '\\',
      '=',
      '\n',
    )
    fc.assert(
      fc.property(fc.string({ unit: parts, maxLength: 12 }), (header) => {
        const read = findStepUpChallenge(header)
        if (read.found) {
          const { acrValues, maxAgeSeconds } = read.challenge
          expect(acrValues.length > 0 || maxAgeSeconds !== undefined).toBe(true)
        }
      }),
      fuzzed(3000),
    )
  })
})

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index))
}

function textOf(
  codes: readonly number[],
  minLength: number,
  maxLength: number,
): fc.Arbitrary<string> {
  return fc.string({
    unit: fc.constantFrom(...codes.map((code) => String.fromCharCode(code))),
    minLength,
    maxLength,
  })
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}
