import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fuzzed } from '@newel/testing/fuzz'
import { authorizationCode } from '../src/browser/authorization-code.ts'
import { readIdToken } from '../src/browser/id-token.ts'
import { endpoint, serverMetadata } from '../src/browser/server-metadata.ts'
import { tokenResponse } from '../src/browser/token-response.ts'
import { describeToken } from '../src/describe-token.ts'
import { jwtPart } from '../src/jwt-part.ts'
import { ClientError } from '../src/errors.ts'
import { readChallenge } from '../src/read-challenge.ts'

const issuer = 'https://id.example'
const now = 1_800_000_000
const json = fc.jsonValue({ maxDepth: 4 })
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** What is read, or `undefined` where it is refused; another failure than the client's own is a fault. */
function reading<Result>(read: () => Result): Result | undefined {
  try {
    return read()
  } catch (error) {
    expect(error).toBeInstanceOf(ClientError)
    return undefined
  }
}

/** Good members of which some are anything, or gone. */
function spoilt(good: Record<string, unknown>): fc.Arbitrary<Record<string, unknown>> {
  const names = Object.keys(good)
  return fc
    .tuple(
      fc.dictionary(fc.constantFrom(...names, '__proto__', 'constructor'), json, { maxKeys: 2 }),
      fc.subarray(names, { maxLength: 1 }),
    )
    .map(([laid, removed]) =>
      Object.fromEntries(
        Object.entries({ ...good, ...laid }).filter(([name]) => !removed.includes(name)),
      ),
    )
}

const anyObject = fc.dictionary(fc.string(), json)

describe('what a provider sends, of any kind,', () => {
  it('is metadata of this issuer with endpoints on the web, or `response_invalid`', () => {
    const names = ['authorization_endpoint', 'token_endpoint', 'end_session_endpoint'] as const
    const endpoints = Object.fromEntries(names.map((name) => [name, `${issuer}/${name}`]))
    const address = fc.oneof(
      json,
      fc.webUrl(),
      // oxlint-disable-next-line no-script-url -- what must not be an endpoint
      fc.constantFrom('javascript:alert(1)', 'data:,', '//x'),
    )
    const documents = fc
      .tuple(fc.oneof(spoilt({ issuer, newel_levels: [], ...endpoints }), anyObject), address)
      .map(([document, other]) => ({ ...document, token_endpoint: other }))
    const property = fc.property(documents, (document) => {
      const metadata = reading(() => serverMetadata(new URL(issuer), document))
      if (!metadata) return
      expect(metadata.issuer).toMatch(/^https:\/\/id\.example\/?$/)
      for (const name of names) {
        const url = reading(() => endpoint(metadata, name))
        if (url) expect(url.protocol).toBe('https:')
      }
    })
    fc.assert(property, fuzzed(1000))
  })

  it('is a token of the type asked for, or the failure of a step-up', () => {
    const good = { access_token: 'a', token_type: 'Bearer', refresh_token: 'r', expires_in: 60 }
    const property = fc.property(
      fc.oneof(spoilt(good), anyObject),
      fc.constantFrom(200, 400, 401, 500),
      (body, status) => {
        const tokens = reading(() => tokenResponse(status, body, 'bearer', now))
        if (!tokens) return
        expect(tokens.accessToken).toMatch(/./)
        expect(tokens.expiresAt ?? now).toBeGreaterThanOrEqual(now)
      },
    )
    fc.assert(property, fuzzed(1000))
  })

  it('is an ID token for this client, or `response_invalid`', () => {
    const good = { iss: issuer, aud: 'web', sub: 'ada', iat: now, exp: now + 60, nonce: 'n' }
    const tokens = fc.oneof(
      fc
        .tuple(spoilt({ alg: 'ES256' }), spoilt(good))
        .map(([head, body]) => `${part(head)}.${part(body)}.c2ln`),
      fc
        .array(fc.oneof(json.map(part), fc.string()), { maxLength: 5 })
        .map((parts) => parts.join('.')),
    )
    const client = { clientId: 'web', clockToleranceSeconds: 5 }
    let taken = 0
    const property = fc.property(tokens, (token) => {
      const described = describeToken(token)
      if (described?.acr !== undefined) expect(described.acr).toBeTypeOf('string')
      const facts = reading(() => readIdToken(token, { issuer }, client, now, 'n'))
      if (!facts) return
      taken += 1
      expect(facts.session.subject).toMatch(/./)
      const claims = jwtPart(token.split('.')[1])
      expect(claims).toMatchObject({ iss: issuer, nonce: 'n', sub: facts.session.subject })
      expect([claims['aud']].flat()).toContain('web')
    })
    const untouched = `${part({ alg: 'ES256' })}.${part(good)}.c2ln`
    fc.assert(property, { ...fuzzed(1000), examples: [[untouched]] })
    expect(taken).toBeGreaterThan(0)
  })

  it('is an answer to this request alone', () => {
    const pair = fc.tuple(
      fc.oneof(
        fc.constantFrom('code', 'state', 'iss', 'error', 'response', 'id_token'),
        fc.string(),
      ),
      fc.oneof(fc.constantFrom('s', 'c', issuer, 'access_denied', ''), fc.string()),
    )
    const property = fc.property(fc.array(pair, { maxLength: 6 }), (pairs) => {
      const answer = new URLSearchParams(pairs)
      const code = reading(() => authorizationCode(answer, { issuer }, 's'))
      if (code !== undefined) expect(answer.getAll('state')).toEqual(['s'])
    })
    fc.assert(property, fuzzed(2000))
  })
})

describe('what an API sends with 401, of any kind,', () => {
  it('asks for levels and an age, or for nothing', () => {
    const piece = fc.oneof(
      fc.constantFrom('Bearer ', 'DPoP ', 'error=', '"insufficient_user_authentication"', ', '),
      fc.constantFrom('acr_values="mfa"', 'max_age=', '"0"', '-1', '1e9', 'scope="a b"', '\\', '"'),
      fc.string({ maxLength: 8 }),
    )
    const property = fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const header = pieces.join('')
      const response = { status: 401, url: 'https://api.example/', headers: { get: () => header } }
      const read = readChallenge(response, response.url, new Set(['https://api.example']))
      if (read.kind !== 'challenge') return
      const { acrValues, maxAgeSeconds } = read.requirement
      expect(acrValues.length > 0 || maxAgeSeconds !== undefined).toBe(true)
      if (maxAgeSeconds !== undefined) expect(Number.isSafeInteger(maxAgeSeconds)).toBe(true)
      if (maxAgeSeconds !== undefined) expect(maxAgeSeconds).toBeGreaterThanOrEqual(0)
    })
    fc.assert(property, fuzzed(3000))
  })
})
