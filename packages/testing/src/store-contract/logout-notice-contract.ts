import type { LogoutNotice } from '@newel/identity-provider/store'
import { expect, it } from 'vitest'
import { atOnce, sampleTime } from './samples.ts'
import type { StoreInUse } from './store-contract.ts'

const due = sampleTime + 120
const gone = sampleTime + 3600

function sample(changes: Partial<LogoutNotice> = {}): LogoutNotice {
  return { id: 'notice-1', clientId: 'web', accountId: 'sub-ada', sid: 'sid-1', ...changes }
}

export function logoutNoticeContract(store: StoreInUse): void {
  it('gives what is due, with no member that was not given, the oldest first', async () => {
    const { sid: _sid, ...bare } = sample({ id: 'notice-2' })
    await store().logoutNotices.add(bare, due + 1, gone)
    await store().logoutNotices.add(sample(), due, gone)
    expect(await store().logoutNotices.claim(due - 1, due + 60, 10)).toEqual([])
    expect(await store().logoutNotices.claim(due, due + 60, 10)).toEqual([sample()])
    expect(await store().logoutNotices.claim(due + 59, due + 120, 10)).toEqual([bare])
    expect(await store().logoutNotices.claim(due + 60, due + 120, 10)).toEqual([sample()])
  })

  it('leaves one that is known as it is', async () => {
    await store().logoutNotices.add(sample(), due, gone)
    await store().logoutNotices.add(sample({ sid: 'sid-2' }), due - 60, gone)
    expect(await store().logoutNotices.claim(due - 1, due + 60, 10)).toEqual([])
    expect(await store().logoutNotices.claim(due, due + 60, 10)).toEqual([sample()])
  })

  it('gives each to exactly one of many callers at once', async () => {
    await store().logoutNotices.add(sample(), due, gone)
    const claims = await atOnce(async () => store().logoutNotices.claim(due, due + 60, 10))
    expect(claims.flat()).toEqual([sample()])
  })

  it('keeps one until it is removed, or expires', async () => {
    await store().logoutNotices.add(sample(), due, gone)
    await store().logoutNotices.add(sample({ id: 'notice-2' }), due, gone)
    await store().logoutNotices.remove('notice-2')
    await store().logoutNotices.remove('notice-2')
    expect(await store().logoutNotices.claim(gone, gone + 60, 10)).toEqual([])
    expect(await store().logoutNotices.removeExpired(gone - 1, 10)).toBe(0)
    expect(await store().logoutNotices.removeExpired(gone, 10)).toBe(1)
  })
}
