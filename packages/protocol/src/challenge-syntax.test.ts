import { readFileSync } from 'node:fs'

import * as fc from 'fast-check'
import { fuzzed } from '@newel/testing/fuzz'
import { describe, expect, it } from 'vitest'

import { longestChallengeHeader, mostChallenges, parseChallenges } from './challenge-syntax.ts'

interface SyntaxCase {
  title: string
  header: string | string[]
  repeat?: number
  challenges?: { scheme: string; token68?: string; parameters: Record<string, string> }[]
  error?: { code: string; at: number }
}

const fixture = new URL('../../../fixtures/challenges/parse.json', import.meta.url)
const { cases } = JSON.parse(readFileSync(fixture, 'utf8')) as { cases: SyntaxCase[] }

describe('WWW-Authenticate syntax (RFC 9110 §11.6.1)', () => {
  it.each(cases)('$title', ({ header, repeat, challenges, error }) => {
    const read = parseChallenges(typeof header === 'string' ? header.repeat(repeat ?? 1) : header)
    if (!read.ok) {
      expect({ code: read.code, at: read.at }).toEqual(error)
      return
    }
    const plain = read.challenges.map(({ parameters, ...challenge }) => ({
      ...challenge,
      parameters: [...parameters],
    }))
    const expected = challenges?.map((challenge) => ({
      ...challenge,
      parameters: Object.entries(challenge.parameters),
    }))
    expect(plain).toEqual(expected)
  })

  it('the longest legal header is read, one character more is not', () => {
    const frame = 'Bearer realm=""'.length
    const longest = `Bearer realm="${'a'.repeat(longestChallengeHeader - frame)}"`
    expect(parseChallenges(longest)).toMatchObject({ ok: true })
    expect(parseChallenges(`${longest} `)).toMatchObject({ ok: false, code: 'challenge_too_long' })
  })

  it('field lines count towards the longest header together', () => {
    const half = `Bearer realm="${'a'.repeat(longestChallengeHeader / 2)}"`
    expect(parseChallenges([half])).toMatchObject({ ok: true })
    expect(parseChallenges([half, half])).toMatchObject({ ok: false, code: 'challenge_too_long' })
    const empty = Array.from({ length: longestChallengeHeader }, () => '')
    expect(parseChallenges(empty)).toMatchObject({ ok: false, code: 'challenge_too_long' })
  })

  it('the most challenges are read', () => {
    const read = parseChallenges('Bearer, '.repeat(mostChallenges))
    expect(read.ok && read.challenges.length).toBe(mostChallenges)
  })

  it('a message repeats nothing of the header and stays on one line', () => {
    const read = parseChallenges('Bearer realm="secret\r\n\u001b[31m"')
    expect(read.ok ? '' : read.message).toBe('challenge_syntax at 20')
  })
})

const tokenAlphabet =
  "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
const token = textOf(tokenAlphabet, { minLength: 1, maxLength: 12 })
const text = textOf(
  [0x09, ...range(0x20, 0x7e), ...range(0x80, 0xff)].map((code) => String.fromCharCode(code)),
  { maxLength: 20 },
)
const token68 = fc
  .tuple(
    textOf('-._~+/0123456789abcxyzABCXYZ', { minLength: 1, maxLength: 12 }),
    fc.integer({ min: 0, max: 2 }),
  )
  .map(([value, padding]) => value + '='.repeat(padding))
const parameters = fc.uniqueArray(fc.tuple(token, text), {
  maxLength: 4,
  selector: ([name]) => name.toLowerCase(),
})
const challenge = fc.oneof(
  fc.record({ scheme: token, token68 }),
  fc.record({ scheme: token, parameters }),
)
const spaces = fc.constantFrom('', ' ', '\t', '  \t')
const separator = fc.constantFrom(',', ', ', ' ,\t', ', ,', ',,, ')

describe('reading what any legal sender writes', () => {
  it('gives back every challenge, whatever the spacing and the separators', () => {
    fc.assert(
      fc.property(
        fc.array(challenge, { maxLength: 5 }),
        spaces,
        separator,
        fc.constantFrom(' ', '\t '),
        (challenges, space, between, behindScheme) => {
          const header = challenges
            .map((one) => {
              if ('token68' in one) return `${one.scheme}${behindScheme}${one.token68}`
              const written = one.parameters.map(
                ([name, value]) => `${name}${space}=${space}"${value.replace(/["\\]/g, '\\$&')}"`,
              )
              if (written.length === 0) return one.scheme
              return one.scheme + behindScheme + written.join(space + between + space)
            })
            .join(between)
          const read = parseChallenges(header)
          expect(read.ok && read.challenges).toEqual(
            challenges.map((one) =>
              'token68' in one
                ? { scheme: one.scheme, token68: one.token68, parameters: new Map() }
                : {
                    scheme: one.scheme,
                    parameters: new Map(one.parameters.map(([k, v]) => [k.toLowerCase(), v])),
                  },
            ),
          )
        },
      ),
      fuzzed(1000),
    )
  })

  it('never throws, and every fault lies within the header', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      textOf('Ba=", \t\\/;\n', { maxLength: 60 }),
    )
    fc.assert(
      fc.property(fc.oneof(hostile, fc.array(hostile, { maxLength: 4 })), (header) => {
        const joined = typeof header === 'string' ? header : header.join(', ')
        const read = parseChallenges(header)
        if (!read.ok) {
          expect(read.at).toBeGreaterThanOrEqual(0)
          expect(read.at).toBeLessThanOrEqual(joined.length)
        }
      }),
      fuzzed(3000),
    )
  })

  it('reads joined field lines as it reads them apart, wherever it reads them apart', () => {
    const line = textOf('Ba=", \t\\', { maxLength: 24 })
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 3 }), (lines) => {
        const apart = parseChallenges(lines)
        if (apart.ok) expect(parseChallenges(lines.join(', '))).toEqual(apart)
      }),
      fuzzed(3000),
    )
  })
})

function textOf(
  alphabet: string | readonly string[],
  lengths: { minLength?: number; maxLength: number },
): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...Array.from(alphabet)), ...lengths })
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}
