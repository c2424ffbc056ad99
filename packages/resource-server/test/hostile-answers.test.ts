import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import * as fc from 'fast-check'
import { calculateJwkThumbprint, exportJWK } from 'jose'
import type { JWK } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { fuzzed } from '@newel/testing/fuzz'
import { setUpHarness } from './harness.ts'
import { testAudience, testTime } from './local-issuer.ts'

const h = setUpHarness()
const json = fc.jsonValue({ maxDepth: 4 })
const url = 'https://api.example/transfers'

/** Members of which some are replaced by anything, or taken out. */
function spoilt(good: Record<string, unknown>): fc.Arbitrary<Record<string, unknown>> {
  const names = Object.keys(good)
  return fc
    .tuple(
      fc.dictionary(fc.constantFrom(...names, '__proto__', 'constructor', 'crit'), json),
      fc.subarray(names, { maxLength: 2 }),
    )
    .map(([laid, removed]) =>
      Object.fromEntries(
        Object.entries({ ...good, ...laid }).filter(([name]) => !removed.includes(name)),
      ),
    )
}

describe('a DPoP proof', () => {
  let jwk: JWK
  const { privateKey: key, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  beforeAll(async () => {
    jwk = await exportJWK(publicKey)
  })

  test('of any content is a pass with everything right, else 401, and never a failure', async () => {
    const token = await h.issuer.sign({ cnf: { jkt: await calculateJwkThumbprint(jwk) } })
    const ath = createHash('sha256').update(token).digest('base64url')
    let passed = 0
    const good = { jti: 'x', htm: 'POST', htu: url, iat: testTime, ath }
    const property = fc.asyncProperty(
      spoilt(good),
      spoilt({ typ: 'dpop+jwt', jwk }),
      fc.uuid(),
      async (claims, header, id) => {
        const named = claims['jti'] === 'x' ? { ...claims, jti: id } : claims
        // By hand: a library does not sign what is none.
        const text = [{ alg: 'ES256', ...header }, named]
          .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
          .join('.')
        const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
        for (const dpop of [`${text}.${signature.toString('base64url')}`, `${text}.`]) {
          const outcome = await h.api.check({
            authorization: `DPoP ${token}`,
            sender: { method: 'POST', url, dpop },
          })
          if (outcome.outcome === 'allowed') {
            passed += 1
            expect(named).toMatchObject({ htm: 'POST', htu: url, iat: testTime, ath })
          } else expect(outcome.status).toBe(401)
        }
      },
    )
    const untouched = [
      good,
      { typ: 'dpop+jwt', jwk },
      'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
    ] as const
    await fc.assert(property, { ...fuzzed(300), examples: [[...untouched]] })
    expect(passed).toBeGreaterThan(0)
  })
})

describe('an introspection endpoint', () => {
  const good = {
    active: true,
    aud: testAudience,
    sub: 'user-1',
    exp: testTime + 300,
    acr: 'phr',
    auth_time: testTime,
    scope: 'a',
    token_type: 'Bearer',
  }

  test('of any answer lets a person pass with the level stated, and never fails', async () => {
    let answer: unknown
    const { issuer } = h.issuer
    const api = await h.create({
      introspection: { clientId: 'api', clientSecret: 's', endpoint: `${issuer}/introspect` },
      fetch: async (address, init) =>
        address.endsWith('/introspect') ? Response.json(answer) : fetch(address, init),
    })
    const property = fc.asyncProperty(
      fc.oneof(spoilt(good), json),
      fc.uuid(),
      async (given, token) => {
        answer = given
        const outcome = await api.check({ authorization: `Bearer ${token}` }, { acr: 'phr' })
        if (outcome.outcome === 'refused') expect([401, 403, 503]).toContain(outcome.status)
        else expect(given).toMatchObject({ active: true, acr: 'phr', sub: expect.any(String) })
      },
    )
    await fc.assert(property, fuzzed(300))
  })
})

describe('a provider', () => {
  test('of any metadata and keys is 401 or 503 to its tokens, and stops no process', async () => {
    const { issuer } = h.issuer
    const token = await h.issuer.sign({ acr: 'phr', auth_time: testTime })
    const { privateKey: _never, ...key } = { ...h.issuer.publicJwk, privateKey: undefined }
    const level = { acr: 'phr', lifetime: 300, satisfies: [] }
    const metadata = spoilt({ issuer, jwks_uri: `${issuer}/jwks`, newel_levels: [level] })
    const property = fc.asyncProperty(
      fc.oneof(metadata, json),
      fc.oneof(fc.record({ keys: fc.array(fc.oneof(spoilt(key), json)) }), json),
      async (stated, keys) => {
        const api = await h.create({
          start: 'lazy',
          fetch: async (address) => Response.json(address.endsWith('/jwks') ? keys : stated),
        })
        const outcome = await api.check({ authorization: `Bearer ${token}` }, { maxAge: 60 })
        if (outcome.outcome === 'refused') expect([401, 503]).toContain(outcome.status)
        else expect(stated).toMatchObject({ issuer })
        await api.ready().catch((error: unknown) => {
          expect(error).toHaveProperty('name', 'ResourceServerError')
        })
      },
    )
    await fc.assert(property, fuzzed(300))
  })
})
