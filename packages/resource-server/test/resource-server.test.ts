import { describe, expect, test } from 'vitest'
import { challengeOf, reason, setUpHarness } from './harness.ts'

const h = setUpHarness()

describe('hostile tokens', () => {
  test.each([
    ['deep nesting', `${'['.repeat(6000)}${']'.repeat(6000)}`],
    ['a list', '[]'],
    ['null', 'null'],
    ['no JSON', '{'],
  ])('claims that are %s are refused', async (_title, claims) => {
    const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: 'key-1' }))
    const token = `${header.toString('base64url')}.${Buffer.from(claims).toString('base64url')}.AAAA`
    expect(reason(await h.check(token))).toMatch(/^401/)
  })

  test.each([
    ['a subject that is a list', { sub: ['user-1'] }],
    ['a client that is an object', { client_id: {} }],
    ['a `jti` that is a number', { jti: 1 }],
    ['a scope that is an object', { scope: {} }],
    ['an endless expiry', { exp: '1e999' }],
  ])('%s is refused', async (_title, claims) => {
    expect(reason(await h.check(await h.issuer.sign(claims)))).toBe('401 claim_invalid')
  })

  test('a member named like a prototype’s does not reach any prototype', async () => {
    const token = await h.issuer.sign(
      JSON.parse('{"__proto__":{"acr":"phr","auth_time":1800000000}}') as Record<string, unknown>,
    )
    expect(reason(await h.check(token, { acr: 'phr' }))).toBe('401 level_missing')
  })
})

test('a clock that tells no time lets nobody pass', async () => {
  const token = await h.issuer.sign()
  expect(reason(await h.check(token))).toBe('allowed')
  h.now = Number.NaN
  await expect(h.check(token)).rejects.toMatchObject({ code: 'invalid_option' })
})

test('a realm stands in every challenge', async () => {
  h.api = await h.create({ realm: 'bank' })
  expect(challengeOf(await h.api.check({ authorization: undefined }))).toBe('Bearer realm="bank"')
  expect(challengeOf(await h.check('x'))).toContain('realm="bank"')
  expect(challengeOf(await h.check(await h.issuer.sign(), { acr: 'mfa' }))).toContain(
    'realm="bank"',
  )
})

test('`check` takes a guard as well', async () => {
  const guard = h.api.require({ acr: 'mfa' })
  const outcome = await h.api.check({ authorization: `Bearer ${await h.issuer.sign()}` }, guard)
  expect(reason(outcome)).toBe('401 level_missing')
})
