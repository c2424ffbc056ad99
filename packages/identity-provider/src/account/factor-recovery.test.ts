import { randomBytes } from 'node:crypto'
import { sampleAccount, samplePassword, sampleTotp } from '@newel/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSealer } from '../secrets/index.ts'
import type { FactorRecovery, Store } from '../store/index.ts'
import { openSqliteStore } from '../store/index.ts'
import { finishRecovery, standingRecovery } from './factor-recovery.ts'

const now = 1_800_000_000
const recovery: FactorRecovery = {
  id: 'recovery-1',
  accountId: 'sub-ada',
  credentialIds: ['totp-1'],
  requestedAt: now,
  readyAt: now + 100,
  expiresAt: now + 200,
}

describe('the recovery of a lost factor', () => {
  let store: Store
  let stopped: number
  beforeEach(async () => {
    stopped = 0
    store = await openSqliteStore({ path: ':memory:', sealer: createSealer(randomBytes(32)) })
    await store.accounts.create(sampleAccount())
    await store.credentials.add(samplePassword())
    await store.credentials.add(sampleTotp())
    await store.recoveries.begin(recovery, now)
  })
  afterEach(async () => store.close())

  const standing = async (at: number): ReturnType<typeof standingRecovery> =>
    standingRecovery(store, 'sub-ada', at, () => {
      stopped += 1
    })

  it('is ready in the second in which the cool-down ends, and not before', async () => {
    expect((await standing(now + 99))?.ready).toBe(false)
    expect((await standing(now + 100))?.ready).toBe(true)
    expect(await standing(now + 200)).toBeUndefined()
  })

  it('stands where the factor was used before it was called lost, and at that second', async () => {
    await store.credentials.touch('totp-1', now)
    expect(await standing(now + 1)).toBeDefined()
    await store.credentials.touch('totp-1', now + 1)
    expect(await standing(now + 1)).toBeUndefined()
    expect([stopped, await store.recoveries.read('sub-ada', now)]).toEqual([1, undefined])
  })

  it('is finished by one of twenty callers who all saw it stand, and takes nothing else away', async () => {
    const seen = await standing(now + 100)
    if (seen === undefined) throw new Error('nothing stands')
    const removed = await Promise.all(
      Array.from({ length: 20 }, async () => finishRecovery(store, seen)),
    )
    expect(removed.filter((one) => one !== undefined)).toHaveLength(1)
    const left = await store.credentials.forAccount('sub-ada')
    expect(left.map(({ method }) => method)).toEqual(['password'])
  })

  it('is not finished by who saw it stand before it was stopped', async () => {
    const seen = await standing(now + 100)
    if (seen === undefined) throw new Error('nothing stands')
    await store.recoveries.take('sub-ada', recovery.id)
    expect(await finishRecovery(store, seen)).toBeUndefined()
    expect(await store.credentials.forAccount('sub-ada')).toHaveLength(2)
  })
})
