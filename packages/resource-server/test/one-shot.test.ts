import { describe, expect, test } from 'vitest'
import { memoryUsedTokenStore } from '@newel/resource-server'
import type { RequirementDeclaration } from '@newel/resource-server'
import { challengeOf, foreignMetadata, reason, setUpHarness } from './harness.ts'
import { testTime } from './local-issuer.ts'

const h = setUpHarness()

describe('one-shot', () => {
  const approve: RequirementDeclaration = { acr: 'phr', maxAge: 0 }
  const proof = { acr: 'phr', auth_time: testTime, newel_one_shot: true }

  test('a fresh token without the mark does not meet `maxAge: 0`', async () => {
    const token = await h.issuer.sign({ acr: 'phr', auth_time: testTime })
    expect(reason(await h.check(token, approve))).toBe('401 level_expired')
  })

  test('of twenty callers at once, one passes', async () => {
    const token = await h.issuer.sign(proof)
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => h.check(token, approve)))
    expect(outcomes.filter(({ outcome }) => outcome === 'allowed')).toHaveLength(1)
    expect(outcomes.map(reason).filter((each) => each === '401 one_shot_used')).toHaveLength(19)
  })

  test('tokens with different `jti` are different uses, one `jti` is one', async () => {
    expect(reason(await h.check(await h.issuer.sign(proof), approve))).toBe('allowed')
    expect(reason(await h.check(await h.issuer.sign({ ...proof, jti: 'same' }), approve))).toBe(
      'allowed',
    )
    const again = await h.issuer.sign({ ...proof, jti: 'same', exp: testTime + 200 })
    expect(reason(await h.check(again, approve))).toBe('401 one_shot_used')
  })

  test('without `jti`, the token itself is the use', async () => {
    const token = await h.issuer.sign({ ...proof, jti: undefined })
    expect(reason(await h.check(token, approve))).toBe('allowed')
    expect(reason(await h.check(token, approve))).toBe('401 one_shot_used')
  })

  test('what asks less does not use the token up', async () => {
    const token = await h.issuer.sign(proof)
    expect(reason(await h.check(token, { acr: 'phr' }))).toBe('allowed')
    expect(reason(await h.check(token, { acr: 'phr', maxAge: 60 }))).toBe('allowed')
    expect(reason(await h.check(token))).toBe('allowed')
    expect(reason(await h.check(token, approve))).toBe('allowed')
    expect(reason(await h.check(token, approve))).toBe('401 one_shot_used')
  })

  test('a call refused for its scope does not use the token up', async () => {
    const token = await h.issuer.sign({ ...proof, scope: 'a' })
    expect(reason(await h.check(token, { ...approve, scope: 'b' }))).toBe('403 scope_missing')
    expect(reason(await h.check(token, { ...approve, scope: 'a' }))).toBe('allowed')
  })

  test('a level of lifetime 0 is good once', async () => {
    h.issuer.metadata = {
      acr_values_supported: undefined,
      newel_levels: [{ acr: 'once', lifetime: 0, satisfies: [] }],
    }
    h.api = await h.create()
    const token = await h.issuer.sign({ ...proof, acr: 'once' })
    expect(reason(await h.check(token, { acr: 'once' }))).toBe('allowed')
    const second = await h.check(token, { acr: 'once' })
    expect(reason(second)).toBe('401 one_shot_used')
    expect(challengeOf(second)).toContain('acr_values="once"')
  })

  test('a full memory refuses with 503: forgetting would pass twice', async () => {
    h.api = await h.create({ usedTokens: memoryUsedTokenStore({ maxEntries: 1 }) })
    expect(reason(await h.check(await h.issuer.sign(proof), approve))).toBe('allowed')
    expect(reason(await h.check(await h.issuer.sign(proof), approve))).toBe(
      '503 used_tokens_unavailable',
    )
  })

  test('a store that fails refuses with 503', async () => {
    h.api = await h.create({ usedTokens: { use: () => Promise.reject(new Error('gone')) } })
    const token = await h.issuer.sign(proof)
    expect(reason(await h.check(token, approve))).toBe('503 used_tokens_unavailable')
  })

  test('the use is remembered for as long as the token could pass', async () => {
    const expiries: number[] = []
    h.api = await h.create({
      usedTokens: {
        use: (_id, expiresAt) => {
          expiries.push(expiresAt)
          return true
        },
      },
    })
    await h.check(await h.issuer.sign(proof), approve)
    expect(expiries).toEqual([testTime + 305])
  })

  describe('of a provider that does not mark', () => {
    test('one proof passes once, within the window, whichever token states it', async () => {
      h.issuer.metadata = foreignMetadata
      h.api = await h.create()
      const stated = { acr: 'phr', auth_time: testTime - 60 }
      expect(reason(await h.check(await h.issuer.sign(stated), approve))).toBe('allowed')
      expect(reason(await h.check(await h.issuer.sign(stated), approve))).toBe('401 one_shot_used')
      const older = { acr: 'phr', auth_time: testTime - 61 }
      expect(reason(await h.check(await h.issuer.sign(older), approve))).toBe('401 level_expired')
    })

    test('a proof stays used after the token that stated it first is over', async () => {
      h.issuer.metadata = foreignMetadata
      h.api = await h.create()
      const stated = { acr: 'phr', auth_time: testTime }
      const first = await h.issuer.sign({ ...stated, exp: testTime + 1 })
      expect(reason(await h.check(first, approve))).toBe('allowed')
      h.now = testTime + 30
      expect(reason(await h.check(await h.issuer.sign(stated), approve))).toBe('401 one_shot_used')
    })
  })
})
