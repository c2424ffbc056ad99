import type { FactorRecovery } from '@newel/identity-provider/store'
import { expect, it } from 'vitest'
import { atOnce, sampleAccount, sampleTime } from './samples.ts'
import type { StoreInUse } from './store-contract.ts'

const day = 86_400

function sample(changes: Partial<FactorRecovery> = {}): FactorRecovery {
  return {
    id: 'recovery-1',
    accountId: 'sub-ada',
    credentialIds: ['totp-1', 'webauthn-1'],
    requestedAt: sampleTime,
    readyAt: sampleTime + day,
    expiresAt: sampleTime + 8 * day,
    ...changes,
  }
}

export function recoveryContract(store: StoreInUse): void {
  it('gives back what was begun, until the second in which it lapses', async () => {
    await store().accounts.create(sampleAccount())
    expect(await store().recoveries.begin(sample(), sampleTime)).toBe('begun')
    const { expiresAt } = sample()
    expect(await store().recoveries.read('sub-ada', expiresAt - 1)).toEqual(sample())
    expect(await store().recoveries.read('sub-ada', expiresAt)).toBeUndefined()
    expect(await store().recoveries.read('sub-bob', sampleTime)).toBeUndefined()
  })

  it('is one at a time for an account; after one that lapsed there may be another', async () => {
    await store().accounts.create(sampleAccount())
    await store().recoveries.begin(sample(), sampleTime)
    const second = sample({ id: 'recovery-2' })
    expect(await store().recoveries.begin(second, sampleTime + 1)).toBe('pending')
    expect(await store().recoveries.read('sub-ada', sampleTime)).toEqual(sample())
    const later = sample({ id: 'recovery-3', expiresAt: sampleTime + 20 * day })
    expect(await store().recoveries.begin(later, sample().expiresAt)).toBe('begun')
    expect(await store().recoveries.read('sub-ada', sample().expiresAt)).toEqual(later)
  })

  it('is begun by exactly one of many callers at once', async () => {
    await store().accounts.create(sampleAccount())
    const results = await atOnce(async (n) =>
      store().recoveries.begin(sample({ id: `recovery-${n}` }), sampleTime),
    )
    expect(results.filter((result) => result === 'begun')).toHaveLength(1)
    expect(results.filter((result) => result === 'pending')).toHaveLength(results.length - 1)
  })

  it('is ended by exactly one of many callers at once', async () => {
    await store().accounts.create(sampleAccount())
    await store().recoveries.begin(sample(), sampleTime)
    expect(await store().recoveries.take('sub-ada', 'recovery-0')).toBe(false)
    const results = await atOnce(async () => store().recoveries.take('sub-ada', 'recovery-1'))
    expect(results.filter(Boolean)).toHaveLength(1)
    expect(await store().recoveries.read('sub-ada', sampleTime)).toBeUndefined()
  })

  it('is due from the second in which the cool-down ends, and announced once', async () => {
    await store().accounts.create(sampleAccount())
    await store().recoveries.begin(sample(), sampleTime)
    const { readyAt, expiresAt } = sample()
    expect(await store().recoveries.due(readyAt - 1, 9)).toEqual([])
    expect(await store().recoveries.due(expiresAt, 9)).toEqual([])
    expect(await store().recoveries.due(readyAt, 9)).toEqual([sample()])
    const results = await atOnce(async () => store().recoveries.announce('sub-ada', 'recovery-1'))
    expect(results.filter(Boolean)).toHaveLength(1)
    expect(await store().recoveries.due(readyAt, 9)).toEqual([])
    expect(await store().recoveries.read('sub-ada', readyAt)).toEqual(sample())
  })

  it('of nobody is not begun, and one goes with its account', async () => {
    expect(await store().recoveries.begin(sample(), sampleTime)).toBe('unknown_account')
    await store().accounts.create(sampleAccount())
    await store().recoveries.begin(sample(), sampleTime)
    await store().accounts.remove('sub-ada')
    expect(await store().recoveries.read('sub-ada', sampleTime)).toBeUndefined()
  })

  it('ends when its account is disabled, and not when it is enabled', async () => {
    await store().accounts.create(sampleAccount())
    await store().recoveries.begin(sample(), sampleTime)
    await store().accounts.setDisabled('sub-ada', false)
    expect(await store().recoveries.read('sub-ada', sampleTime)).toEqual(sample())
    await store().accounts.setDisabled('sub-ada', true)
    await store().accounts.setDisabled('sub-ada', false)
    expect(await store().recoveries.read('sub-ada', sampleTime)).toBeUndefined()
  })

  it('is removed when it has lapsed', async () => {
    await store().accounts.create(sampleAccount())
    await store().recoveries.begin(sample(), sampleTime)
    expect(await store().recoveries.removeExpired(sample().expiresAt - 1, 9)).toBe(0)
    expect(await store().recoveries.removeExpired(sample().expiresAt, 9)).toBe(1)
  })
}
