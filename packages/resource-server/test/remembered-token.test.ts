import { describe, expect, test } from 'vitest'
import { reason, setUpHarness } from './harness.ts'
import { testTime } from './local-issuer.ts'

const h = setUpHarness()

describe('a remembered token', () => {
  test('is judged again: expiry, requirement and age at each request', async () => {
    const token = await h.issuer.sign({ acr: 'mfa', auth_time: testTime, scope: 'a' })
    expect(reason(await h.check(token, { acr: 'mfa', maxAge: 60 }))).toBe('allowed')
    expect(reason(await h.check(token, { acr: 'phr' }))).toBe('401 level_missing')
    expect(reason(await h.check(token, { scope: 'b' }))).toBe('403 scope_missing')
    h.now += 61
    expect(reason(await h.check(token, { acr: 'mfa', maxAge: 60 }))).toBe('401 level_expired')
    h.now = testTime + 304
    expect(reason(await h.check(token))).toBe('allowed')
    h.now = testTime + 305
    expect(reason(await h.check(token))).toBe('401 token_expired')
    h.now = testTime
    expect(reason(await h.check(token))).toBe('allowed')
  })

  test('is not yet valid again when the clock is set back', async () => {
    const token = await h.issuer.sign({ nbf: testTime })
    expect(reason(await h.check(token))).toBe('allowed')
    h.now -= 6
    expect(reason(await h.check(token))).toBe('401 token_not_yet_valid')
  })

  test('is answered without waiting', async () => {
    const guard = h.api.require({ acr: 'basic' })
    const request = {
      authorization: `Bearer ${await h.issuer.sign({ acr: 'basic', auth_time: testTime })}`,
    }
    // The first sight too, where the keys are at hand and the runtime verifies synchronously.
    expect(guard.judge(request, undefined)).toMatchObject({ outcome: 'allowed' })
    expect(guard.judge(request, undefined)).toMatchObject({ outcome: 'allowed' })
  })

  test('cannot be altered by a handler', async () => {
    const outcome = await h.check(await h.issuer.sign({ nested: { list: [1] } }))
    if (outcome.outcome !== 'allowed') throw new Error('a good token is allowed')
    expect(Object.isFrozen(outcome.token)).toBe(true)
    expect(Object.isFrozen(outcome.token.authentication)).toBe(true)
    expect(Object.isFrozen((outcome.token.claims['nested'] as { list: unknown }).list)).toBe(true)
  })

  test('states the authentication of its claims (RFC 9470 §6)', async () => {
    const token = await h.issuer.sign({
      acr: 'mfa',
      amr: ['pwd', 'otp'],
      auth_time: testTime - 10,
      scope: 'read write',
    })
    expect(await h.check(token)).toMatchObject({
      outcome: 'allowed',
      token: {
        subject: 'user-1',
        clientId: 'bank-web',
        scope: ['read', 'write'],
        authentication: { acr: 'mfa', amr: ['pwd', 'otp'], authTime: testTime - 10 },
        expiresAt: testTime + 300,
        issuedAt: testTime,
      },
    })
  })
})
