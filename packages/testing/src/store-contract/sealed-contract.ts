import { expect, it } from 'vitest'
import type { SealedKind, SealedValue } from '@newel/identity-provider/store'
import { atOnce, sampleAccount, samplePassword, sampleTime as t, sampleTotp } from './samples.ts'
import type { StoreInUse } from './store-contract.ts'

export function sealedContract(store: StoreInUse): void {
  async function all(kind: SealedKind, limit = 100): Promise<readonly SealedValue[]> {
    const found: SealedValue[] = []
    let after: string | undefined
    do {
      const page = await store().sealed.list(kind, { limit, ...(after !== undefined && { after }) })
      expect(page.values.length).toBeLessThanOrEqual(limit)
      found.push(...page.values)
      after = page.next
    } while (after !== undefined)
    return found
  }

  async function addCredentials(): Promise<void> {
    await store().accounts.create(sampleAccount())
    await store().credentials.add(samplePassword({ id: 'one', secret: Uint8Array.of(1) }))
    await store().credentials.add(sampleTotp({ id: 'two', secret: Uint8Array.of(2) }))
  }

  it('lists every value of a kind once, in pages of any size', async () => {
    for (let index = 0; index < 5; index += 1) {
      await store().artifacts.upsert('Session', `s${index}`, {}, t + 60)
      await store().artifacts.upsert('RefreshToken', `s${index}`, {}, undefined)
    }
    for (const limit of [1, 3, 10, 100]) {
      const keys = (await all('artifact', limit)).map(({ key }) => key)
      expect([keys.length, new Set(keys).size]).toEqual([10, 10])
    }
  })

  it('lists the secrets of credentials, the private parts of keys, and what the database keeps itself', async () => {
    await addCredentials()
    await store().keys.add({
      kid: 'k',
      state: 'active',
      alg: 'ES256',
      publicJwk: {},
      sealedPrivateJwk: Uint8Array.of(3),
      createdAt: t,
    })
    const secrets = async (kind: SealedKind): Promise<unknown> =>
      (await all(kind)).map(({ key, sealed }) => [key, ...sealed])
    expect(await secrets('credential')).toEqual([
      ['one', 1],
      ['two', 2],
    ])
    expect(await secrets('signing-key')).toEqual([['k', 3]])
    expect((await all('database')).map(({ key }) => key)).toEqual(['digest key', 'sealing'])
  })

  it('replaces a value where it is what was read, and leaves one that changed meanwhile', async () => {
    await addCredentials()
    const read = await all('credential')
    await store().credentials.remove('one')
    await store().credentials.add(samplePassword({ id: 'one', secret: Uint8Array.of(7) }))
    const next = read.map((value) => [value, Uint8Array.of(9)] as const)
    expect(await store().sealed.replace(next)).toBe(1)
    const after = await all('credential')
    expect(after.map(({ sealed }) => [...sealed])).toEqual([[7], [9]])
  })

  it('is replaced by exactly one of many callers at once', async () => {
    await addCredentials()
    const [value] = await all('credential')
    if (value === undefined) throw new Error('no credential')
    const replaced = await atOnce(async (n) =>
      store().sealed.replace([[value, Uint8Array.of(100 + n)]]),
    )
    expect(replaced.reduce((sum, count) => sum + count, 0)).toBe(1)
  })
}
