import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fuzzed } from '@newel/testing/fuzz'
import { protect } from '@newel/resource-server/fastify'
import fastify from 'fastify'
import { reason, setUpHarness } from './harness.ts'
import { testTime } from './local-issuer.ts'

const h = setUpHarness()

/** What reaches a route, from a caller who writes whatever they like into the header. */
async function statuses(authorizations: readonly string[]): Promise<number[]> {
  const app = fastify()
  app.get('/', { preHandler: protect(h.api.require({ acr: 'phr' })) }, async () => ({}))
  const answers = await Promise.all(
    authorizations.map(async (authorization) =>
      app.inject({ url: '/', headers: { authorization } }),
    ),
  )
  await app.close()
  return answers.map(({ statusCode }) => statusCode)
}

function encode(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString(
    'base64url',
  )
}

const json = fc.jsonValue({ maxDepth: 4 })
const headerLike = fc.record(
  {
    alg: fc.oneof(fc.constantFrom('ES256', 'none', 'None', 'HS256', 'RS256', 'ES256K', ''), json),
    typ: fc.oneof(fc.constantFrom('at+jwt', 'JWT', 'AT+JWT', ''), json),
    kid: fc.oneof(
      fc.constantFrom('key-1', '../../etc/passwd', "' or 1=1 --", '__proto__', 'constructor'),
      json,
    ),
    crit: json,
    b64: json,
    jwk: json,
    jku: fc.constant('https://evil.example/keys'),
    x5u: fc.constant('https://evil.example/cert'),
    x5c: json,
    zip: fc.constant('DEF'),
    __proto__: json,
  },
  { requiredKeys: [] },
)
const part = fc.oneof(
  headerLike.map(encode),
  json.map(encode),
  fc.string({ unit: fc.constantFrom(...Array.from('abcXYZ019-_=+/. ')), maxLength: 30 }),
  fc.constant(''),
)
const token = fc.oneof(
  fc.tuple(part, part, part).map((parts) => parts.join('.')),
  fc.array(part, { maxLength: 6 }).map((parts) => parts.join('.')),
  fc.string({ unit: fc.constantFrom(...Array.from('abcXYZ019-_=+/.')), maxLength: 200 }),
)
const authorization = fc.oneof(
  token.map((text) => `Bearer ${text}`),
  token.map((text) => `DPoP ${text}`),
  fc.tuple(fc.constantFrom('bearer', 'BEARER  ', 'Basic', ''), token).map((both) => both.join(' ')),
)

describe('what no key of the provider has signed', () => {
  test('is 400 or 401, never a failure, a pass or an outgoing request', async () => {
    const before = { ...h.issuer.requests }
    const property = fc.asyncProperty(
      fc.array(authorization, { minLength: 20, maxLength: 20 }),
      async (authorizations) => {
        for (const status of await statuses(authorizations)) expect([400, 401]).toContain(status)
      },
    )
    await fc.assert(property, fuzzed(50))
    // A well-formed token that names an unknown key may ask for keys once in a while; it must not ask each time.
    expect(h.issuer.requests.jwks - before.jwks).toBeLessThanOrEqual(1)
  })

  test('a signed token with any part changed is refused', async () => {
    const good = await h.issuer.sign({ acr: 'phr', auth_time: testTime })
    expect(reason(await h.check(good, { acr: 'phr' }))).toBe('allowed')
    const property = fc.asyncProperty(
      fc.nat(),
      fc.string({ unit: fc.constantFrom(...Array.from('ABab01-_.=')), maxLength: 3 }),
      fc.nat({ max: 2 }),
      async (position, put, cut) => {
        const at = position % good.length
        const changed = good.slice(0, at) + put + good.slice(at + cut)
        if (changed === good) return
        const outcome = await h.check(changed, { acr: 'phr' })
        expect(outcome).toMatchObject({ outcome: 'refused', status: expect.any(Number) })
        expect([400, 401]).toContain(outcome.outcome === 'refused' && outcome.status)
      },
    )
    await fc.assert(property, fuzzed(500))
  })

  test('a signature spelt in another way is not the same token', async () => {
    const good = await h.issuer.sign({ acr: 'phr', auth_time: testTime })
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const spellings = Array.from(alphabet, (last) => good.slice(0, -1) + last)
    const answers = await Promise.all(spellings.map((each) => h.check(each)))
    expect(answers.filter((each) => reason(each) === 'allowed')).toHaveLength(1)
    expect(reason(await h.check(`${good}=`))).toBe('401 token_malformed')
  })
})

describe('what a key of the provider has signed', () => {
  const claims = fc.record(
    {
      acr: json,
      amr: json,
      auth_time: json,
      newel_one_shot: json,
      scope: json,
      scp: json,
      cnf: json,
      act: json,
      sub: json,
      aud: json,
      exp: json,
      iat: json,
      nbf: json,
      jti: json,
      client_id: json,
      azp: json,
      __proto__: json,
    },
    { requiredKeys: [] },
  )

  test('claims of any type are judged or refused, never a failure', async () => {
    const property = fc.asyncProperty(claims, async (stated) => {
      const outcome = await h.check(await h.issuer.sign(stated), { acr: 'phr' })
      // The one way to pass is to state the level and a time that is recent, in their types.
      if (outcome.outcome === 'allowed') {
        expect(stated.acr).toBe('phr')
        expect(stated.auth_time).toBeTypeOf('number')
      } else {
        expect([401, 403]).toContain(outcome.status)
      }
    })
    await fc.assert(property, fuzzed(400))
  })

  test('`__proto__` among the claims gives nothing', async () => {
    const { privateKey, kid } = await signer()
    const payload = `{"__proto__":{"acr":"phr","auth_time":${testTime}},${JSON.stringify(
      h.issuer.claims(),
    ).slice(1)}`
    const outcome = await h.check(await privateKey(payload, kid), { acr: 'phr' })
    expect(reason(outcome)).toBe('401 level_missing')
  })

  /** Signs a payload as text, which a library that builds it from an object cannot. */
  async function signer(): Promise<{
    privateKey: (payload: string, kid: string) => Promise<string>
    kid: string
  }> {
    const { CompactSign, generateKeyPair, exportJWK } = await import('jose')
    const pair = await generateKeyPair('ES256')
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'text', use: 'sig' }
    const { issuer } = h.issuer
    h.api = await h.create({
      fetch: async (url) =>
        url.endsWith('/jwks')
          ? Response.json({ keys: [jwk] })
          : Response.json(await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()),
    })
    return {
      kid: 'text',
      privateKey: (payload, kid) =>
        new CompactSign(new TextEncoder().encode(payload))
          .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
          .sign(pair.privateKey),
    }
  }
})
