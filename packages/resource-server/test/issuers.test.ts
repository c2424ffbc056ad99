import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createResourceServer } from '@newel/resource-server'
import type {
  IntrospectionOptions,
  ObservedDecision,
  ResourceServer,
  VerifiedToken,
} from '@newel/resource-server'
import { challengeOf, foreignMetadata, reason, setUpHarness } from './harness.ts'
import { startLocalIssuer, testAudience, testTime } from './local-issuer.ts'
import type { LocalIssuer } from './local-issuer.ts'

const h = setUpHarness()

describe('several providers', () => {
  let second: LocalIssuer
  let api: ResourceServer

  beforeEach(async () => {
    second = await startLocalIssuer()
    second.metadata = { newel_levels: undefined, acr_values_supported: ['gold'] }
    api = await createResourceServer({
      issuers: [
        { issuer: h.issuer.issuer, audience: testAudience },
        { issuer: second.issuer, audience: 'https://second.example' },
      ],
      allowInsecureIssuer: true,
      clock: () => h.now,
    })
  })
  afterEach(() => second.close())

  const check = async (token: string, acr?: string | string[]): Promise<string> =>
    reason(
      await api.check(
        { authorization: `Bearer ${token}` },
        acr === undefined ? undefined : { acr },
      ),
    )

  test('each token is held to the rules of its own', async () => {
    const ours = await h.issuer.sign({ acr: 'mfa', auth_time: testTime })
    const theirs = await second.sign({
      aud: 'https://second.example',
      acr: 'gold',
      auth_time: testTime,
    })
    expect(await check(ours, ['mfa', 'gold'])).toBe('allowed')
    expect(await check(theirs, ['mfa', 'gold'])).toBe('allowed')
    expect(await check(theirs, 'mfa')).toBe('401 level_missing')
    expect(await check(await second.sign(), 'gold')).toBe('401 audience_mismatch')
  })

  test('a token that names one and is signed by the other is refused', async () => {
    const mixed = await second.sign({ iss: h.issuer.issuer, acr: 'phr', auth_time: testTime })
    expect(await check(mixed)).toBe('401 signature_invalid')
    const other = await second.sign({ iss: h.issuer.issuer }, { kid: 'elsewhere' })
    expect(await check(other)).toBe('401 key_unknown')
  })

  test('a token of neither causes no outgoing request', async () => {
    const before = { ...h.issuer.requests }
    expect(await check(await second.sign({ iss: 'https://evil.example' }))).toBe(
      '401 issuer_mismatch',
    )
    expect(await check('a.b.c')).toBe('401 issuer_mismatch')
    expect(h.issuer.requests).toEqual(before)
  })

  test('one that is down does not stop the other', async () => {
    const ours = await h.issuer.sign()
    second.down = true
    api = await createResourceServer({
      issuers: [
        { issuer: h.issuer.issuer, audience: testAudience },
        { issuer: second.issuer, audience: testAudience },
      ],
      allowInsecureIssuer: true,
      clock: () => h.now,
    })
    expect(await check(ours)).toBe('allowed')
    expect(await check(await second.sign())).toBe('503 provider_unavailable')
  })

  test('a level that one of them knows is not reported as unknown', async () => {
    api.require({ acr: 'gold' })
    await api.ready()
    api.require({ acr: 'nobody' })
    await expect(api.ready()).rejects.toMatchObject({ code: 'unknown_acr', acrValues: ['nobody'] })
  })

  test('the same subject at another provider is another person', async () => {
    const outcomes = await Promise.all(
      [await h.issuer.sign(), await second.sign({ aud: 'https://second.example' })].map((token) =>
        api.check({ authorization: `Bearer ${token}` }),
      ),
    )
    const issuers = outcomes.map((outcome) =>
      outcome.outcome === 'allowed' ? outcome.token.issuer : undefined,
    )
    expect(issuers).toEqual([h.issuer.issuer, second.issuer])
  })

  test.each([
    ['no provider', { issuers: [] }],
    ['both spellings', { issuers: [{ issuer: 'https://a.example', audience: 'x' }], issuer: 'x' }],
    [
      'a provider twice',
      {
        issuers: [
          { issuer: 'https://a.example', audience: 'x' },
          { issuer: 'https://a.example', audience: 'y' },
        ],
      },
    ],
  ])('%s is refused at start', async (_title, options) => {
    await expect(createResourceServer(options as never)).rejects.toMatchObject({
      code: 'invalid_option',
    })
  })
})

/** An introspection endpoint beside the local issuer. */
interface Endpoint {
  readonly url: string
  readonly asked: { token: string | null; authorization: string | undefined; body: string }[]
  answers: Map<string, unknown>
  status: number
  close(): Promise<void>
}

async function startEndpoint(): Promise<Endpoint> {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const token = new URLSearchParams(body).get('token')
      endpoint.asked.push({ token, authorization: request.headers.authorization, body })
      response.statusCode = endpoint.status
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(endpoint.answers.get(token ?? '') ?? { active: false }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoint: Endpoint = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/introspect`,
    asked: [],
    answers: new Map(),
    status: 200,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return endpoint
}

describe('introspection (RFC 7662)', () => {
  let endpoint: Endpoint

  beforeEach(async () => {
    endpoint = await startEndpoint()
    endpoint.answers.set('opaque', active())
    h.issuer.metadata = { introspection_endpoint: endpoint.url }
    h.api = await withIntrospection()
  })
  afterEach(() => endpoint.close())

  function active(claims: Record<string, unknown> = {}): Record<string, unknown> {
    return {
      active: true,
      sub: 'anna',
      client_id: 'web',
      aud: testAudience,
      exp: testTime + 300,
      acr: 'mfa',
      auth_time: testTime - 10,
      scope: 'pay',
      ...claims,
    }
  }

  const withIntrospection = (options: Partial<IntrospectionOptions> = {}) =>
    h.create({
      introspection: { clientId: 'api:1', clientSecret: 'p%ss word', ...options },
    })

  test('an active token is held to its level, age and scopes', async () => {
    expect(reason(await h.check('opaque', { acr: 'mfa', maxAge: 60, scope: 'pay' }))).toBe(
      'allowed',
    )
    expect(reason(await h.check('opaque', { acr: 'phr' }))).toBe('401 level_missing')
    expect(endpoint.asked).toHaveLength(1)
  })

  test('the API authenticates itself, each part form-encoded (RFC 6749 §2.3.1)', async () => {
    await h.check('opaque')
    const basic = Buffer.from('api%3A1:p%25ss+word').toString('base64')
    expect(endpoint.asked[0]).toMatchObject({ token: 'opaque', authorization: `Basic ${basic}` })
  })

  test('or in the body, where the provider wants it so', async () => {
    h.api = await withIntrospection({ authentication: 'post' })
    await h.check('opaque')
    expect(endpoint.asked[0]?.authorization).toBeUndefined()
    expect(new URLSearchParams(endpoint.asked[0]?.body).get('client_secret')).toBe('p%ss word')
  })

  test.each<[string, unknown, string]>([
    ['one that is not active', { active: false }, '401 token_inactive'],
    ['an answer without `active`', { sub: 'anna', aud: testAudience }, '401 token_inactive'],
    ['`active` as a text', { ...active(), active: 'true' }, '401 token_inactive'],
    ['a token for another API', active({ aud: 'https://other.example' }), '401 audience_mismatch'],
    ['a token for nobody in particular', active({ aud: undefined }), '401 audience_mismatch'],
    ['a token of another issuer', active({ iss: 'https://evil.example' }), '401 issuer_mismatch'],
    ['an expired one', active({ exp: testTime - 5 }), '401 token_expired'],
    ['one without a subject', active({ sub: undefined }), '401 claim_invalid'],
  ])('%s is refused', async (_title, answer, expected) => {
    endpoint.answers.set('opaque', answer)
    expect(reason(await h.check('opaque'))).toBe(expected)
  })

  test('an answer counts for ten seconds, and a token that was refused is asked about again', async () => {
    await h.check('opaque')
    endpoint.answers.delete('opaque')
    h.now += 9
    expect(reason(await h.check('opaque'))).toBe('allowed')
    h.now += 1
    expect(reason(await h.check('opaque'))).toBe('401 token_inactive')
    endpoint.answers.set('opaque', active())
    expect(reason(await h.check('opaque'))).toBe('allowed')
  })

  test('with `cacheSeconds: 0` every request asks', async () => {
    h.api = await withIntrospection({ cacheSeconds: 0 })
    await h.check('opaque')
    endpoint.answers.delete('opaque')
    expect(reason(await h.check('opaque'))).toBe('401 token_inactive')
  })

  test('an answer without `exp` counts no longer than it is kept', async () => {
    endpoint.answers.set('opaque', active({ exp: undefined }))
    expect(reason(await h.check('opaque'))).toBe('allowed')
    endpoint.answers.delete('opaque')
    h.now += 10
    expect(reason(await h.check('opaque'))).toBe('401 token_inactive')
  })

  test('callers with the same token wait for one answer', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => h.check('opaque')))
    expect(answers.map(reason)).toEqual(Array.from({ length: 20 }, () => 'allowed'))
    expect(endpoint.asked).toHaveLength(1)
  })

  test('a flood of tokens does not become one of the provider: beyond 64 at a time it is 503', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => h.check(`made-up-${index}`)),
    )
    expect(answers.filter((each) => reason(each) === '401 token_inactive')).toHaveLength(64)
    expect(answers.filter((each) => reason(each) === '503 provider_unavailable')).toHaveLength(136)
    expect(endpoint.asked).toHaveLength(64)
  })

  test('a provider that fails is 503, never a pass', async () => {
    endpoint.status = 500
    expect(reason(await h.check('opaque'))).toBe('503 provider_unavailable')
    await endpoint.close()
    expect(reason(await h.check('opaque'))).toBe('503 provider_unavailable')
  })

  test('a provider without an endpoint is 503 with the mend in its cause', async () => {
    h.issuer.metadata = {}
    h.api = await withIntrospection()
    const outcome = await h.check('opaque')
    expect(outcome).toMatchObject({ status: 503, cause: { code: 'invalid_metadata' } })
  })

  test('JWTs are verified here, unless every token is to be asked about', async () => {
    const token = await h.issuer.sign({ acr: 'phr', auth_time: testTime })
    expect(reason(await h.check(token, { acr: 'phr' }))).toBe('allowed')
    expect(endpoint.asked).toHaveLength(0)
    h.api = await withIntrospection({ tokens: 'always' })
    expect(reason(await h.check(token))).toBe('401 token_inactive')
    endpoint.answers.set(token, active())
    expect(reason(await h.check(token, { acr: 'mfa' }))).toBe('allowed')
  })

  test('a JWT of another type is none here either, though the provider calls it active', async () => {
    h.api = await withIntrospection({ tokens: 'always' })
    const idToken = await h.issuer.sign({}, { typ: 'JWT' })
    endpoint.answers.set(idToken, active())
    expect(reason(await h.check(idToken))).toBe('401 token_type_refused')
    expect(endpoint.asked).toHaveLength(0)
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['a refresh token', { token_type: 'refresh_token' }, '401 token_type_refused'],
    ['a type that is no text', { token_type: 1 }, '401 token_type_refused'],
    ['a DPoP token without its key', { token_type: 'DPoP' }, '401 token_type_refused'],
    ['a bearer token', { token_type: 'bearer' }, 'allowed'],
  ])('%s, by the type that the answer states', async (_title, claims, expected) => {
    endpoint.answers.set('opaque', active(claims))
    expect(reason(await h.check('opaque'))).toBe(expected)
  })

  test('of several providers, one that is down does not stop the tokens of another', async () => {
    const second = await startLocalIssuer()
    second.down = true
    const introspection = { clientId: 'api', clientSecret: 'secret' }
    try {
      h.api = await createResourceServer({
        issuers: [
          { issuer: second.issuer, audience: testAudience, introspection },
          { issuer: h.issuer.issuer, audience: testAudience, introspection },
        ],
        allowInsecureIssuer: true,
        clock: () => h.now,
      })
      expect(reason(await h.check('opaque'))).toBe('allowed')
      // It might be a token of the one that cannot be asked.
      expect(reason(await h.check('unknown'))).toBe('503 provider_unavailable')
    } finally {
      await second.close()
    }
  })

  test('a bound opaque token needs its proof', async () => {
    endpoint.answers.set('opaque', active({ cnf: { jkt: 'x' } }))
    expect(reason(await h.check('opaque'))).toBe('401 scheme_mismatch')
  })

  test.each<[string, Partial<IntrospectionOptions>]>([
    ['no client', { clientId: '' }],
    ['no secret', { clientSecret: '' }],
    ['a plain-text endpoint', { endpoint: 'http://id.example/introspect' }],
    ['another way to authenticate', { authentication: 'digest' as never }],
    ['other tokens', { tokens: 'some' as never }],
    ['a negative time', { cacheSeconds: -1 }],
  ])('%s is refused at start', async (_title, options) => {
    await expect(withIntrospection(options)).rejects.toMatchObject({ code: 'invalid_option' })
  })
})

describe('requirements by name', () => {
  test('those of a policy document fit as they are', async () => {
    const requirements = new Map([
      ['change-details', { name: 'change-details', acrValues: ['mfa'], maxAgeSeconds: 600 }],
      ['anything', { name: 'anything', acrValues: [] }],
    ])
    h.api = await h.create({ requirements })
    const token = await h.issuer.sign({ acr: 'mfa', auth_time: testTime - 601 })
    const check = async (name: string): Promise<string> =>
      reason(await h.api.check({ authorization: `Bearer ${token}` }, name))
    expect(await check('change-details')).toBe('401 level_expired')
    expect(await check('anything')).toBe('allowed')
    await expect(check('Change-details')).rejects.toMatchObject({ code: 'invalid_requirement' })
    expect(() => h.api.require('nothing')).toThrow('`change-details`, `anything`')
  })

  test('a transaction of the document is refused rather than passed unchecked', async () => {
    const requirements = new Map([['pay', { acrValues: ['phr'], transaction: true }]])
    h.api = await h.create({ requirements })
    expect(() => h.api.require('pay')).toThrow(
      expect.objectContaining({ code: 'transaction_unsupported' }),
    )
  })
})

describe('what is told', () => {
  test('a requirement that only reports lets a valid token through, and says what it lacked', async () => {
    const observed: ObservedDecision[] = []
    h.api = await h.create({
      requirements: { pay: { acr: 'phr', reportOnly: true } },
      observe: (decision) => observed.push(decision),
    })
    const low = await h.issuer.sign({ acr: 'basic', auth_time: testTime })
    const outcome = await h.api.check({ authorization: `Bearer ${low}` }, 'pay')
    expect(outcome).toMatchObject({
      outcome: 'allowed',
      reported: { status: 401, reason: 'level_missing' },
    })
    expect(reason(await h.api.check({ authorization: 'Bearer x' }, 'pay'))).toBe(
      '401 token_malformed',
    )
    expect(observed).toEqual([
      {
        outcome: 'allowed',
        reason: 'level_missing',
        requirement: 'pay',
        issuer: h.issuer.issuer,
        reportOnly: true,
      },
      { outcome: 'refused', reason: 'token_malformed', reportOnly: false },
    ])
  })

  test('a report uses no proof up, and knows a used one all the same', async () => {
    h.issuer.metadata = foreignMetadata
    h.api = await h.create({ order: ['basic', 'phr'] })
    const token = await h.issuer.sign({ acr: 'phr', auth_time: testTime })
    const once = { acr: 'phr', maxAge: 0 }
    expect(await h.check(token, { ...once, reportOnly: true })).not.toHaveProperty('reported')
    expect(reason(await h.check(token, once))).toBe('allowed')
    expect(reason(await h.check(token, once))).toBe('401 one_shot_used')
    expect(await h.check(token, { ...once, reportOnly: true })).toMatchObject({
      outcome: 'allowed',
      reported: { reason: 'one_shot_used' },
    })
  })

  test('a level that the provider does not know is reported, where it only reports', async () => {
    const token = await h.issuer.sign({ acr: 'phr', auth_time: testTime })
    expect(await h.check(token, { acr: 'platinum', reportOnly: true })).toMatchObject({
      outcome: 'allowed',
      reported: { status: 401, reason: 'level_missing' },
    })
  })

  test('every decision is told once', async () => {
    const observed: ObservedDecision[] = []
    h.api = await h.create({ observe: (decision) => observed.push(decision) })
    const token = await h.issuer.sign({ acr: 'mfa', auth_time: testTime })
    await h.check(token, { name: 'a', acr: 'mfa' })
    await h.check(token, { acr: 'phr' })
    await h.check(await h.issuer.sign({ exp: testTime - 60 }))
    expect(observed.map(({ outcome, reason: why }) => why ?? outcome)).toEqual([
      'allowed',
      'level_missing',
      'token_expired',
    ])
  })

  test('in development a refusal explains itself to the holder of a valid token, and to nobody else', async () => {
    h.api = await h.create({ explainRefusals: true })
    const token = await h.issuer.sign({ acr: 'basic', auth_time: testTime - 90, scope: 'read' })
    const requirement = { name: 'pay', acr: 'phr', maxAge: '10m', scope: 'pay' }
    expect(await h.check(token, requirement)).toMatchObject({
      body: {
        explanation: [
          'required by `pay`: level `phr`, a proof at most 10m old, scopes `pay`',
          'the token states: level `basic` proved 1m 30s ago; scopes `read`',
          '`phr` is missing',
          'of the scopes `pay` one lacks',
        ],
      },
    })
    const stranger = await h.check('x.y.z', requirement)
    expect(stranger).not.toMatchObject({ body: { explanation: expect.anything() } })
    h.api = await h.create()
    expect(await h.check(token, requirement)).not.toMatchObject({
      body: { explanation: expect.anything() },
    })
  })

  test('challenges name the metadata of the resource (RFC 9728 §5.1)', async () => {
    const metadataUrl = 'https://api.example/.well-known/oauth-protected-resource'
    h.api = await h.create({ metadataUrl })
    const named = `resource_metadata="${metadataUrl}"`
    const token = await h.issuer.sign({ acr: 'basic', auth_time: testTime })
    expect(challengeOf(await h.check(token, { acr: 'phr' }))).toContain(named)
    expect(challengeOf(await h.check(token, { scope: 'x' }))).toContain(named)
    expect(challengeOf(await h.check('x.y.z'))).toContain(named)
    expect(challengeOf(await h.api.check({ authorization: undefined }))).toBe(`Bearer ${named}`)
  })
})

describe('the facts of the provider', () => {
  test('levels that were fetched again count for tokens that are remembered', async () => {
    const token = await h.issuer.sign({ acr: 'mfa', auth_time: testTime, exp: testTime + 7200 })
    expect(reason(await h.check(token, { acr: 'basic' }))).toBe('allowed')
    h.issuer.metadata = {
      newel_levels: [
        { acr: 'basic', lifetime: 43_200, satisfies: [] },
        { acr: 'mfa', lifetime: 60, satisfies: [] },
      ],
    }
    h.now += 601
    await h.check(token)
    await expect
      .poll(async () => reason(await h.check(token, { acr: 'basic' })))
      .toBe('401 level_missing')
  })

  test('a token without claims of authentication meets what asks none', async () => {
    h.issuer.metadata = foreignMetadata
    h.api = await h.create()
    const outcome = await h.check(await h.issuer.sign())
    expect(outcome.outcome === 'allowed' && outcome.token).toMatchObject({
      authentication: {},
      otherAuthentications: [],
    } satisfies Partial<VerifiedToken>)
  })
})
