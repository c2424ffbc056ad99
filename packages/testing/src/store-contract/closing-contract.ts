import { expect, it } from 'vitest'
import { sampleAccount } from './samples.ts'
import type { StoreInUse } from './store-contract.ts'

export function closingContract(store: StoreInUse): void {
  it('is harmless twice, and later calls say that it is closed', async () => {
    await store().close()
    await store().close()
    const closed = { name: 'StoreError', code: 'store_closed' }
    await expect(store().accounts.byId('a')).rejects.toMatchObject(closed)
    await expect(store().accounts.create(sampleAccount())).rejects.toMatchObject(closed)
    await expect(store().credentials.acceptTotpStep('a', 1)).rejects.toMatchObject(closed)
    await expect(store().sessions.append('s', 'a', [], 1)).rejects.toMatchObject(closed)
  })
}
