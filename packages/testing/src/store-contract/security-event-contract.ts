import { expect, it } from 'vitest'
import { keptSecurityEvents } from '@newel/identity-provider/store'
import { sampleAccount, sampleTime as t } from './samples.ts'
import type { StoreInUse } from './store-contract.ts'

export function securityEventContract(store: StoreInUse): void {
  it('gives back the newest first, and no member that was not there', async () => {
    await store().accounts.create(sampleAccount())
    const plain = { accountId: 'sub-ada', at: t, type: 'signed_in' }
    const whole = {
      accountId: 'sub-ada',
      at: t,
      type: 'proof_refused',
      method: 'totp',
      clientId: 'web',
      address: '192.0.2.1',
      device: 'Firefox on Linux',
    }
    await store().securityEvents.append(plain)
    await store().securityEvents.append(whole)
    expect(await store().securityEvents.recent('sub-ada', 10)).toEqual([whole, plain])
    expect(await store().securityEvents.recent('sub-ada', 1)).toEqual([whole])
    expect(await store().securityEvents.recent('sub-ben', 10)).toEqual([])
  })

  it('keeps nothing of an account that does not exist, or is removed', async () => {
    await store().securityEvents.append({ accountId: 'sub-ada', at: t, type: 'signed_in' })
    await store().accounts.create(sampleAccount())
    expect(await store().securityEvents.recent('sub-ada', 10)).toEqual([])
    await store().securityEvents.append({ accountId: 'sub-ada', at: t, type: 'signed_in' })
    await store().accounts.remove('sub-ada')
    expect(await store().securityEvents.recent('sub-ada', 10)).toEqual([])
  })

  it('keeps the newest of an account, and of every account what is not too old', async () => {
    await store().accounts.create(sampleAccount())
    for (let count = 0; count < keptSecurityEvents + 3; count += 1) {
      await store().securityEvents.append({ accountId: 'sub-ada', at: t + count, type: 'x' })
    }
    const kept = await store().securityEvents.recent('sub-ada', 1000)
    expect(kept).toHaveLength(keptSecurityEvents)
    expect(kept.at(-1)?.at).toBe(t + 3)
    expect(await store().securityEvents.removeExpired(t + 5)).toBe(2)
  })
}
