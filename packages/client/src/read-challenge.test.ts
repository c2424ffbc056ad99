import { readFileSync } from 'node:fs'
import { findStepUpChallenge } from '@newel/protocol'
import { fuzzed } from '@newel/testing/fuzz'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readChallenge } from './read-challenge.ts'

const trusted = new Set(['https://api.example'])
const url = 'https://api.example/details'
const stepUp = 'Bearer error="insufficient_user_authentication", acr_values="mfa", max_age="60"'

function read(response: { status?: number; header?: string; url?: string; type?: string }) {
  const headers = new Headers(
    response.header === undefined ? {} : { 'www-authenticate': response.header },
  )
  return readChallenge({ status: 401, url, ...response, headers }, url, trusted)
}

describe('a response', () => {
  it('from a trusted origin with a step-up challenge says what to reach', () => {
    expect(read({ header: stepUp })).toEqual({
      kind: 'challenge',
      requirement: { acrValues: ['mfa'], maxAgeSeconds: 60 },
      header: stepUp,
    })
  })

  it.each([
    ['with another status', { header: stepUp, status: 403 }],
    ['from another origin', { header: stepUp, url: 'https://evil.example/' }],
    ['from another port', { header: stepUp, url: 'https://api.example:8443/' }],
    ['without the header, of this origin', { type: 'basic' }],
  ])('%s is nothing to act on', (_, response) => {
    expect(read(response)).toEqual({ kind: 'none' })
  })

  it('across origins without the header has one that is hidden (Fetch, CORS-exposed headers)', () => {
    expect(read({ type: 'cors' })).toEqual({ kind: 'hidden' })
  })
})

const fixture = new URL('../../../fixtures/challenges/step-up.json', import.meta.url)
const { cases } = JSON.parse(readFileSync(fixture, 'utf8')) as {
  cases: { title: string; header: string | string[] | null }[]
}

/** What the header asks, in the words of this package and in those of the protocol package. */
function asked(text: string) {
  const reading = readChallenge(
    { status: 401, url, headers: new Headers({ 'www-authenticate': text }) },
    url,
    trusted,
    true,
  )
  const found = findStepUpChallenge(text)
  return {
    read:
      reading.kind === 'challenge' ? [reading.requirement, reading.scope] : ('nothing' as const),
    found: found.found
      ? [
          {
            acrValues: found.challenge.acrValues,
            ...(found.challenge.maxAgeSeconds === undefined
              ? {}
              : { maxAgeSeconds: found.challenge.maxAgeSeconds }),
          },
          found.challenge.scope,
        ]
      : ('nothing' as const),
    code: found.found ? undefined : found.code,
  }
}

describe('a challenge', () => {
  /** What this package takes, since nothing of it stands in the challenge that counts. */
  const passedOver = 'a fault in a challenge of no interest refuses the header'

  it.each(cases.filter(({ header: text, title }) => text !== null && title !== passedOver))(
    'is read as the protocol package reads it: $title',
    ({ header: text }) => {
      const { read: here, found } = asked([text].flat().join(', '))
      expect(here).toEqual(found)
    },
  )

  it('is read as the protocol package reads it, whatever else the header holds', () => {
    const word = fc.constantFrom('Bearer', 'DPoP', 'Basic', 'realm', 'x', 'a/b+c==')
    const name = fc.constantFrom('error', 'acr_values', 'max_age', 'scope', 'realm', 'ERROR')
    const value = fc.constantFrom(
      'insufficient_user_authentication',
      '"insufficient_user_authentication"',
      '"mfa phr"',
      '"m\\fa"',
      '"a, Bearer error=x"',
      '"\\"',
      '""',
      'mfa',
      '60',
      '"060"',
      '0',
      '1e3',
    )
    const gap = fc.constantFrom('', ' ', '\t ')
    const parameters = fc
      .uniqueArray(fc.tuple(name, gap, gap, value), {
        maxLength: 3,
        selector: ([key]) => key.toLowerCase(),
      })
      .map((all) => all.map(([key, before, after, text]) => `${key}${before}=${after}${text}`))
    const challenge = fc
      .tuple(fc.constantFrom('Bearer', 'dpop'), parameters)
      .filter(([, all]) => !all.some((one) => /^error/i.test(one)))
      .map(
        ([scheme, all]) =>
          `${scheme} ${['error="insufficient_user_authentication"', ...all].join(', ')}`,
      )
    const piece = fc.oneof(
      { weight: 4, arbitrary: challenge },
      { weight: 2, arbitrary: word },
      {
        weight: 3,
        arbitrary: fc.tuple(word, parameters).map(([one, all]) => `${one} ${all.join(', ')}`),
      },
      { weight: 1, arbitrary: fc.constantFrom('', '"', 'error="x') },
    )
    const headers = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(', '))
    const tried = { same: 0 }
    fc.assert(
      fc.property(headers, (text) => {
        const { read: here, found, code } = asked(text)
        if (code === 'challenge_syntax') return
        expect(here).toEqual(found)
        if (here !== 'nothing') tried.same += 1
      }),
      fuzzed(4000),
    )
    // The generators must not make this empty.
    expect(tried.same).toBeGreaterThan(fuzzed(4000).numRuns / 100)
  })

  it('is read beside one of another scheme that has a fault of its own', () => {
    expect(read({ header: `Digest realm="a" nonce, ${stepUp}` })).toMatchObject({
      kind: 'challenge',
    })
  })

  it.each([
    ['quotation marks that do not pair', `Bearer realm="x, ${stepUp}`],
    ['a parameter before any scheme', `realm=x, ${stepUp}`],
    ['a parameter twice', `${stepUp}, max_age="0"`],
  ])('is not read from a header with %s', (_, text) => {
    expect(read({ header: text })).toEqual({ kind: 'none' })
  })

  it('is read in time that grows with the header alone', () => {
    const long = 60_000
    for (const text of [
      'a'.repeat(long),
      ' '.repeat(long),
      `Bearer${' '.repeat(long)}`,
      `Bearer a=${' '.repeat(long)}`,
      `Bearer a="${'\\'.repeat(long)}`,
      'a='.repeat(long),
      'a ,'.repeat(long),
    ]) {
      expect(read({ header: text }).kind).toMatch(/none/)
    }
  })
})
