import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authorizationRequest, openTestHouse } from '@newel/testing/house'
import { parsePolicyDocument } from '@newel/policy-document'
import { holdClock } from './hold-clock.ts'
import {
  type ProtocolHouse,
  asserting,
  clientAssertion,
  clientKeys,
  openProtocolHouse,
  requestObject,
  secret,
  send,
} from './protocol-house.ts'
import { now, pass } from './step-up-house.ts'

let house: ProtocolHouse
beforeAll(async () => {
  house = await openProtocolHouse()
})
afterAll(async () => house.close())
holdClock()

/** Pushes a request as the client: who it is, is the first thing that is judged. */
async function push(
  clientId: string,
  authentication: Readonly<Record<string, string>>,
  as?: string,
) {
  const { url } = authorizationRequest(house, { client_id: clientId })
  const { status, body } = await send(
    house,
    '/par',
    { ...Object.fromEntries(url.searchParams), ...authentication },
    as === undefined ? {} : { as },
  )
  return status === 201 ? 'pushed' : body.error
}

describe('a client with `authentication: private_key_jwt`', () => {
  it('is itself by a signed assertion (RFC 7523 §2.2)', async () => {
    expect(await push('keyed', asserting(await clientAssertion(house, 'keyed')))).toBe('pushed')
  })

  it('uses an assertion once', async () => {
    const assertion = asserting(await clientAssertion(house, 'keyed'))
    expect(await push('keyed', assertion)).toBe('pushed')
    expect(await push('keyed', assertion)).toBe('invalid_client')
  })

  it('uses an assertion once, however many ask at the same time', async () => {
    const assertion = asserting(await clientAssertion(house, 'keyed'))
    const answers = await Promise.all(
      Array.from({ length: 6 }, async () => push('keyed', assertion)),
    )
    expect(answers.filter((answer) => answer === 'pushed')).toHaveLength(1)
  })

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['for another audience', { aud: 'https://elsewhere.example' }],
    ['of another issuer', { iss: 'server' }],
    ['about another client', { sub: 'signing' }],
    ['without `jti`', { jti: undefined }],
    ['without `exp`', { exp: undefined }],
    ['that is expired', { exp: 1 }],
    ['of two minutes ahead', { iat: Math.floor(Date.now() / 1000) + 120 }],
    ['that counts in two minutes', { nbf: Math.floor(Date.now() / 1000) + 120 }],
    ['that lives for more than an hour', { exp: Math.floor(Date.now() / 1000) + 90_000 }],
  ])('is refused an assertion %s', async (_, claims) => {
    const assertion = await clientAssertion(house, 'keyed', claims)
    expect(await push('keyed', asserting(assertion))).not.toBe('pushed')
  })

  it('may have a clock that is some seconds ahead', async () => {
    const assertion = await clientAssertion(house, 'keyed', { iat: now() + 8, nbf: now() + 8 })
    expect(await push('keyed', asserting(assertion))).toBe('pushed')
  })

  it('is refused a signature by another key, or of another algorithm', async () => {
    const other = await clientKeys()
    const foreign = await clientAssertion(house, 'keyed', {}, { key: other.privateKey })
    expect(await push('keyed', asserting(foreign))).toBe('invalid_client')
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const claims = { iss: 'keyed', sub: 'keyed', aud: house.issuer, jti: 'x', exp: now() + 60 }
    expect(await push('keyed', asserting(`${part({ alg: 'none' })}.${part(claims)}.`))).toBe(
      'invalid_client',
    )
  })

  it('is not itself by a request object that went through the browser (RFC 9101 §10.8)', async () => {
    const { object } = await requestObject(house, 'keyed', { sub: 'keyed', jti: 'seen' })
    expect(await push('keyed', asserting(object))).toBe('invalid_client')
  })

  it('is not itself by saying so, nor by a secret', async () => {
    expect(await push('keyed', {})).toBe('invalid_client')
    expect(await push('keyed', {}, 'keyed')).toBe('invalid_client')
    expect(await push('keyed', { client_secret: secret })).toBe('invalid_client')
  })
})

describe('keys at an address', () => {
  /** Each test has to find the keys of the one before too old. */
  let clockAhead = 300
  async function token() {
    const { body } = await send(house, '/token', {
      grant_type: 'client_credentials',
      ...asserting(await clientAssertion(house, 'published')),
    })
    return body.error ?? 'token'
  }

  it('are fetched, and held for a minute whatever the answer says', async () => {
    house.publish({
      body: JSON.stringify({ keys: [house.keys.publicJwk] }),
      headers: { 'cache-control': 'max-age=31536000', expires: 'Fri, 31 Dec 2100 00:00:00 GMT' },
    })
    const before = house.fetched()
    expect([await token(), await token()]).toEqual(['token', 'token'])
    expect(house.fetched()).toBe(before + 1)
    house.publish({ body: JSON.stringify({ keys: [(await clientKeys()).publicJwk] }) })
    expect(await token()).toBe('token')
    pass(61)
    expect(await token()).toBe('invalid_client')
  })

  it('no longer sign requests a minute after they were withdrawn', async () => {
    const open = async () => {
      const { object: request } = await requestObject(house, 'published')
      const url = new URL('/authorize', house.issuer)
      url.search = new URLSearchParams({
        client_id: 'published',
        response_type: 'code',
        scope: 'openid',
        request,
      }).toString()
      return (await house.visitor().get(url)).page
    }
    clockAhead += 120
    pass(clockAhead)
    house.publish({ body: JSON.stringify({ keys: [house.keys.publicJwk] }) })
    expect(await open()).toBe('login')
    house.publish({ body: JSON.stringify({ keys: [(await clientKeys()).publicJwk] }) })
    clockAhead += 120
    pass(120)
    expect(await open()).not.toBe('login')
  })

  it.each<[string, () => Parameters<ProtocolHouse['publish']>[0]]>([
    ['a redirect', () => ({ status: 302, headers: { location: '/elsewhere' }, body: '' })],
    ['an error', () => ({ status: 500, body: JSON.stringify({ keys: [] }) })],
    ['no JSON', () => ({ body: '<html>' })],
    ['no key set', () => ({ body: '{}' })],
    ['no list of keys', () => ({ body: '{"keys":{}}' })],
    ['no keys', () => ({ body: '{"keys":[]}' })],
    ['something that is no key', () => ({ body: '{"keys":[null]}' })],
    [
      'more than 64 KiB',
      () => ({ body: JSON.stringify({ keys: [house.keys.publicJwk], x: 'x'.repeat(70_000) }) }),
    ],
    ['a shared key', () => ({ body: JSON.stringify({ keys: [{ kty: 'oct', k: 'AAAA' }] }) })],
  ])('that answer with %s let nobody in', async (_, answer) => {
    clockAhead += 120
    pass(clockAhead)
    house.publish(answer())
    expect([await token(), await token()]).not.toContain('token')
    house.publish({ body: JSON.stringify({ keys: [house.keys.publicJwk] }) })
    clockAhead += 120
    pass(120)
    expect(await token()).toBe('token')
  })
})

describe('a client with a secret', () => {
  it('sends it in the header or in the body (RFC 6749 §2.3.1), not in both', async () => {
    expect(await push('server', {}, 'server')).toBe('pushed')
    expect(await push('server', { client_secret: secret })).toBe('pushed')
    expect(await push('server', { client_secret: secret }, 'server')).toBe('invalid_request')
  })

  it('is refused without it, with another, and with an assertion', async () => {
    expect(await push('server', {})).toBe('invalid_client')
    expect(await push('server', { client_secret: `${secret}x` })).toBe('invalid_client')
    expect(await push('signing', asserting(await clientAssertion(house, 'signing')))).toBe(
      'invalid_client',
    )
  })
})

describe('a client that cannot keep a secret', () => {
  it('names itself, and is refused where it sends a secret', async () => {
    expect(await push('web', {})).toBe('pushed')
    expect(await push('web', { client_secret: secret })).toBe('invalid_client')
  })
})

describe('a key that the document no longer has', () => {
  it('is refused from the reload on', async () => {
    const other = await clientKeys()
    const yaml = (issuer: string, key: object): string => `
issuer: ${issuer}
levels:
  basic: { accepts: [password], lifetime: 12h }
clients:
  - { id: keyed, type: confidential, authentication: private_key_jwt, jwks: { keys: [${JSON.stringify(key)}] }, clientCredentials: true }
`
    const small = await openTestHouse(({ issuer }) => yaml(issuer, other.publicJwk))
    const token = async (): Promise<unknown> => {
      const assertion = await clientAssertion(
        { ...house, issuer: small.issuer },
        'keyed',
        {},
        {
          key: other.privateKey,
        },
      )
      const form = { grant_type: 'client_credentials', ...asserting(assertion) }
      const { body } = await send(small, '/token', form)
      return body.error ?? 'token'
    }
    expect(await token()).toBe('token')
    const next = parsePolicyDocument(yaml(small.issuer, house.keys.publicJwk))
    if (!next.ok) throw new Error('the document is broken')
    await small.provider.reload({ document: next.document })
    expect(await token()).toBe('invalid_client')
    await small.close()
  })
})
