import { describe, expect, test } from 'vitest'
import { reason, setUpHarness } from './harness.ts'
import { testTime } from './local-issuer.ts'

const h = setUpHarness()

describe('start', () => {
  test('a provider that boots later does not stop the API: 503 until it is up, then it serves', async () => {
    h.issuer.down = true
    h.api = await h.create()
    const token = await h.issuer.sign()
    const refused = await h.check(token)
    expect(refused).toMatchObject({ status: 503, reason: 'provider_unavailable' })
    expect(refused).toMatchObject({ headers: { 'Retry-After': '5' } })
    await expect(h.api.ready()).rejects.toMatchObject({
      code: 'provider_unavailable',
      retryable: true,
    })
    h.issuer.down = false
    h.now += 5
    expect(reason(await h.check(token))).toBe('allowed')
    await h.api.ready()
  })

  test('`lazy` asks nothing before the first request', async () => {
    const before = h.issuer.requests.metadata
    h.api = await h.create({ start: 'lazy' })
    expect(h.issuer.requests.metadata).toBe(before)
    expect(reason(await h.check(await h.issuer.sign()))).toBe('allowed')
    expect(h.issuer.requests.metadata).toBe(before + 1)
  })

  test('metadata of another issuer stop an eager start (OIDC Discovery §4.3)', async () => {
    h.issuer.metadata = { issuer: `${h.issuer.issuer}/` }
    await expect(h.create()).rejects.toMatchObject({ code: 'issuer_mismatch', retryable: false })
    h.api = await h.create({ start: 'lazy' })
    expect(reason(await h.check(await h.issuer.sign()))).toBe('503 provider_unavailable')
  })

  test.each([
    ['keys over plain http', { jwks_uri: 'http://keys.example/jwks' }],
    ['no keys', { jwks_uri: undefined }],
    ['malformed levels', { newel_levels: [{ acr: 'mfa' }] }],
    ['malformed `acr_values_supported`', { acr_values_supported: 'mfa' }],
  ])('metadata with %s stop an eager start', async (_title, metadata) => {
    h.issuer.metadata = metadata
    await expect(h.create()).rejects.toMatchObject({ code: 'invalid_metadata' })
  })

  test('a required `acr` that the provider does not advertise is reported (RFC 9470 §7)', async () => {
    h.api.require({ acr: ['mfa', 'gold'] })
    h.api.require({ acr: 'platinum' })
    await expect(h.api.ready()).rejects.toMatchObject({
      code: 'unknown_acr',
      acrValues: ['gold', 'platinum'],
    })
  })

  test('a required `acr` that nobody knows is an error at first use, never a pass', async () => {
    const token = await h.issuer.sign({ acr: 'platinum', auth_time: testTime })
    await expect(h.check(token, { acr: 'platinum' })).rejects.toMatchObject({ code: 'unknown_acr' })
    expect(reason(await h.check('x.y.z', { acr: 'platinum' }))).toBe('401 token_malformed')
  })

  test('a level configured here but not advertised is reported', async () => {
    h.issuer.metadata = { newel_levels: undefined, acr_values_supported: ['1'] }
    h.api = await h.create({ order: ['1', '2'] })
    h.api.require({ acr: '2' })
    await expect(h.api.ready()).rejects.toMatchObject({ code: 'unknown_acr', acrValues: ['2'] })
  })
})

describe('keys', () => {
  test('a new key is fetched when a token names it', async () => {
    expect(reason(await h.check(await h.issuer.sign()))).toBe('allowed')
    await h.issuer.rotate()
    expect(reason(await h.check(await h.issuer.sign()))).toBe('allowed')
    expect(h.issuer.requests.jwks).toBe(2)
  })

  test('tokens of a withdrawn key are refused once the set is fetched again, also those remembered', async () => {
    const old = await h.issuer.sign({ exp: testTime + 3600 })
    expect(reason(await h.check(old))).toBe('allowed')
    await h.issuer.rotate({ withdraw: true })
    expect(reason(await h.check(old))).toBe('allowed')
    expect(reason(await h.check(await h.issuer.sign()))).toBe('allowed')
    expect(reason(await h.check(old))).toBe('401 key_unknown')
  })

  test('keys fetched by a clock that was ahead are fetched again once it is right', async () => {
    const old = await h.issuer.sign()
    h.now = testTime + 365 * 86_400
    h.api = await h.create()
    h.now = testTime
    await h.issuer.rotate({ withdraw: true })
    expect(reason(await h.check(old))).toBe('401 key_unknown')
  })

  test('a flood of unknown key ids causes one fetch in its time', async () => {
    const tokens = await Promise.all(
      Array.from({ length: 50 }, (_, index) => h.issuer.sign({}, { kid: `made-up-${index}` })),
    )
    const outcomes = await Promise.all(tokens.map((token) => h.check(token)))
    expect(new Set(outcomes.map(reason))).toEqual(new Set(['401 key_unknown']))
    expect(h.issuer.requests.jwks).toBe(2)
    for (const token of tokens) await h.check(token)
    expect(h.issuer.requests.jwks).toBe(2)
    h.now += 30
    await h.check(tokens[0] ?? '')
    expect(h.issuer.requests.jwks).toBe(3)
  })

  test('tokens that could never verify cause no fetch', async () => {
    for (const token of ['a.b.c', 'opaque', 'eyJhbGciOiJIUzI1NiIsImtpZCI6IngifQ.e30.AA']) {
      expect(reason(await h.check(token))).toMatch(/^401/)
    }
    expect(h.issuer.requests.jwks).toBe(1)
  })

  test('parallel first requests share one fetch', async () => {
    h.api = await h.create({ start: 'lazy' })
    const before = h.issuer.requests.jwks
    const token = await h.issuer.sign()
    await Promise.all(Array.from({ length: 20 }, () => h.check(token)))
    expect(h.issuer.requests.jwks).toBe(before + 1)
  })

  test('provider down: keys in hand serve, an unknown key is 503, and nothing fails open', async () => {
    const token = await h.issuer.sign({ exp: testTime + 7200 })
    h.issuer.down = true
    h.now += 3600
    expect(reason(await h.check(token))).toBe('allowed')
    const other = await h.issuer.sign({ exp: testTime + 7200 }, { kid: 'new' })
    expect(reason(await h.check(other))).toBe('503 provider_unavailable')
    expect(
      reason(
        await h.check(await h.issuer.sign({ acr: 'basic', auth_time: h.now, exp: h.now + 60 }), {
          acr: 'mfa',
        }),
      ),
    ).toBe('401 level_missing')
  })

  test('keys that could not be fetched for a day verify nothing, remembered tokens included', async () => {
    const token = await h.issuer.sign({ exp: testTime + 90_000 })
    expect(reason(await h.check(token))).toBe('allowed')
    h.issuer.down = true
    h.now += 86_399
    expect(reason(await h.check(token))).toBe('allowed')
    h.now += 1
    expect(reason(await h.check(token))).toBe('503 provider_unavailable')
    h.issuer.down = false
    h.now += 5
    expect(reason(await h.check(token))).toBe('allowed')
  })

  test('levels that the provider changes are learnt without a restart', async () => {
    const token = await h.issuer.sign({ acr: 'mfa', auth_time: testTime, exp: testTime + 7200 })
    h.now += 700
    expect(reason(await h.check(token, { acr: 'mfa' }))).toBe('allowed')
    h.issuer.metadata = { newel_levels: [{ acr: 'mfa', lifetime: 60, satisfies: [] }] }
    h.now += 600
    await h.check(token, { acr: 'mfa' })
    await expect
      .poll(async () => reason(await h.check(token, { acr: 'mfa' })))
      .toBe('401 level_expired')
  })

  test('a symmetric key in the set is passed over', async () => {
    const secret = new TextEncoder().encode('secret-secret-secret-secret-secret')
    const keys = [h.issuer.publicJwk, { kty: 'oct', kid: 'shared', k: btoa(String(secret)) }]
    h.api = await h.create({
      fetch: async (url, init) =>
        url.endsWith('/jwks') ? Response.json({ keys }) : fetch(url, init),
    })
    expect(reason(await h.check(await h.issuer.sign()))).toBe('allowed')
    expect(reason(await h.check(await h.issuer.sign({}, { kid: 'shared' })))).toBe(
      '401 key_unknown',
    )
  })

  test('without `kid`, every fitting key is tried', async () => {
    await h.issuer.rotate()
    h.api = await h.create()
    expect(reason(await h.check(await h.issuer.sign({}, { kid: undefined as never })))).toBe(
      'allowed',
    )
  })

  test('a redirect to other keys is not followed', async () => {
    h.api = await h.create({
      fetch: async (url, init) => {
        expect(init.redirect).toBe('manual')
        return url.endsWith('/jwks')
          ? new Response(null, { status: 302, headers: { location: 'https://evil.example' } })
          : fetch(url, init)
      },
    })
    expect(reason(await h.check(await h.issuer.sign()))).toBe('503 provider_unavailable')
  })

  test('an endless document is given up', async () => {
    const endless = (): Response =>
      new Response(
        new ReadableStream({
          pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(32)),
        }),
      )
    h.api = await h.create({ fetch: async () => endless() })
    await expect(h.api.ready()).rejects.toMatchObject({ code: 'provider_unavailable' })
  })

  test('a provider that speaks RFC 8414 alone is understood', async () => {
    const asked: string[] = []
    const path = `${h.issuer.issuer}/tenant`
    h.api = await h.create({
      issuer: path,
      fetch: async (url) => {
        asked.push(url)
        if (url.endsWith('/jwks')) return Response.json({ keys: [h.issuer.publicJwk] })
        return url === `${h.issuer.issuer}/.well-known/oauth-authorization-server/tenant`
          ? Response.json({ issuer: path, jwks_uri: 'https://id.example/jwks' })
          : new Response(null, { status: 404 })
      },
    })
    expect(asked[0]).toBe(`${path}/.well-known/openid-configuration`)
    expect(reason(await h.check(await h.issuer.sign({ iss: path })))).toBe('allowed')
  })
})
