import { describe, expect, test } from 'vitest'
import { challengeOf, foreignMetadata, reason, setUpHarness } from './harness.ts'
import { testTime } from './local-issuer.ts'

const h = setUpHarness()

describe('a foreign provider', () => {
  test('without any order, a level satisfies itself alone', async () => {
    h.issuer.metadata = foreignMetadata
    h.api = await h.create()
    const token = await h.issuer.sign({ acr: '10', auth_time: testTime })
    expect(reason(await h.check(token, { acr: '10' }))).toBe('allowed')
    expect(reason(await h.check(token, { acr: '9' }))).toBe('401 level_missing')
  })

  test('an order stated as a list is followed, never text or number', async () => {
    h.issuer.metadata = foreignMetadata
    h.api = await h.create({ order: ['9', '10', 'gold', 'basic'] })
    const at = (acr: string): Promise<string> => h.issuer.sign({ acr, auth_time: testTime })
    expect(reason(await h.check(await at('10'), { acr: '9' }))).toBe('allowed')
    expect(reason(await h.check(await at('9'), { acr: '10' }))).toBe('401 level_missing')
    expect(reason(await h.check(await at('basic'), { acr: 'gold' }))).toBe('allowed')
    expect(reason(await h.check(await at('11'), { acr: '9' }))).toBe('401 level_missing')
  })

  test('a lifetime configured here is asked as `max_age`, since the provider does not know it', async () => {
    h.issuer.metadata = foreignMetadata
    h.api = await h.create({ levels: [{ acr: 'loa2', lifetimeSeconds: 300, satisfies: [] }] })
    const token = await h.issuer.sign({ acr: 'loa2', auth_time: testTime - 301 })
    expect(challengeOf(await h.check(token, { acr: 'loa2' }))).toContain('max_age="300"')
  })

  test('tokens of type JWT pass where that is configured', async () => {
    h.api = await h.create({ tokenTypes: ['JWT'] })
    expect(reason(await h.check(await h.issuer.sign({}, { typ: 'JWT' })))).toBe('allowed')
    expect(reason(await h.check(await h.issuer.sign()))).toBe('401 token_type_refused')
    expect(reason(await h.check(await h.issuer.sign({}, { typ: undefined as never })))).toBe(
      '401 token_type_refused',
    )
  })

  test('an algorithm that is not listed is refused', async () => {
    h.api = await h.create({ algorithms: ['RS256'] })
    expect(reason(await h.check(await h.issuer.sign()))).toBe('401 algorithm_refused')
  })

  test('scopes in a list `scp` are read', async () => {
    const token = await h.issuer.sign({ scp: ['a', 'b'] })
    expect(reason(await h.check(token, { scope: 'a b' }))).toBe('allowed')
  })
})
