import { expect, it } from 'vitest'
import type { KeyState, StoredKey } from '@newel/identity-provider/store'
import { atOnce, sampleTime as t } from './samples.ts'
import type { StoreInUse } from './store-contract.ts'

function sampleKey(kid: string, state: KeyState, createdAt = t): StoredKey {
  return {
    kid,
    state,
    alg: 'ES256',
    publicJwk: { kty: 'EC', kid },
    sealedPrivateJwk: Uint8Array.of(1, 2, 3),
    createdAt,
    ...(state === 'active' ? { activatedAt: createdAt } : {}),
  }
}

export function keyContract(store: StoreInUse): void {
  const states = async (): Promise<string[]> =>
    (await store().keys.list()).map(({ kid, state }) => `${kid} ${state}`)

  it('gives back what was added, oldest first', async () => {
    await store().keys.add(sampleKey('b', 'next', t + 1))
    await store().keys.add(sampleKey('a', 'active', t))
    const [first, second, ...others] = await store().keys.list()
    expect(first).toMatchObject({
      ...sampleKey('a', 'active', t),
      sealedPrivateJwk: expect.anything(),
    })
    expect([...(first?.sealedPrivateJwk ?? [])]).toEqual([1, 2, 3])
    expect(first).not.toHaveProperty('retiredAt')
    expect(second?.kid).toBe('b')
    expect(others).toEqual([])
  })

  it.each(['active', 'next'] as const)(
    'has one key that is %s, whoever adds at once',
    async (state) => {
      const won = await atOnce(async (n) => store().keys.add(sampleKey(`k${n}`, state)))
      expect(won.filter(Boolean)).toHaveLength(1)
      expect(await store().keys.list()).toHaveLength(1)
    },
  )

  it('has many that are retired, and each kid once', async () => {
    expect(await store().keys.add(sampleKey('a', 'retired'))).toBe(true)
    expect(await store().keys.add(sampleKey('b', 'retired'))).toBe(true)
    expect(await store().keys.add(sampleKey('a', 'active'))).toBe(false)
    expect(await states()).toEqual(['a retired', 'b retired'])
  })

  it('switches from the active to the next key in one step, once', async () => {
    await store().keys.add(sampleKey('a', 'active', t))
    await store().keys.add(sampleKey('b', 'next', t + 1))
    const won = await atOnce(async () => store().keys.activate('b', t + 9))
    expect(won.filter(Boolean)).toHaveLength(1)
    expect(await states()).toEqual(['a retired', 'b active'])
    const [a, b] = await store().keys.list()
    expect([a?.retiredAt, b?.activatedAt]).toEqual([t + 9, t + 9])
  })

  it('does not activate what is not next, and keeps the active key then', async () => {
    await store().keys.add(sampleKey('a', 'active'))
    await store().keys.add(sampleKey('old', 'retired'))
    expect(await store().keys.activate('old', t)).toBe(false)
    expect(await store().keys.activate('none', t)).toBe(false)
    expect(await store().keys.activate('a', t)).toBe(false)
    expect(await states()).toEqual(['a active', 'old retired'])
  })

  it('retires a key once', async () => {
    await store().keys.add(sampleKey('a', 'active'))
    expect(await store().keys.retire('a', t + 1)).toBe(true)
    expect(await store().keys.retire('a', t + 2)).toBe(false)
    expect((await store().keys.list())[0]?.retiredAt).toBe(t + 1)
    expect(await store().keys.remove('a')).toBe(true)
    expect(await store().keys.remove('a')).toBe(false)
  })
}
