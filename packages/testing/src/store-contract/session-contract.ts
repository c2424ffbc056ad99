import { expect, it } from 'vitest'
import { keptEventsPerMethod } from '@newel/identity-provider/store'
import { atOnce, parallelCallers, sampleTime as t } from './samples.ts'
import type { StoreInUse } from './store-contract.ts'

export function sessionContract(store: StoreInUse): void {
  it('gives back the events, oldest first, and no member that was not there', async () => {
    const password = { method: 'password', at: t }
    const passkey = {
      method: 'passkey',
      at: t + 5,
      request: 'req-1',
      properties: { credentialId: 'c', userVerified: true, count: 3 },
    }
    await store().sessions.append('s', 'sub-ada', [passkey], t + 5)
    await store().sessions.append('s', 'sub-ada', [password], t + 6)
    expect(await store().sessions.read('s')).toEqual({
      accountId: 'sub-ada',
      events: [password, passkey],
    })
    expect(await store().sessions.read('other')).toBeUndefined()
  })

  it('adds an event once, however often it is appended', async () => {
    const event = { method: 'totp', at: t, request: 'req-1' }
    await atOnce(async () => store().sessions.append('s', 'sub-ada', [event, event], t))
    expect((await store().sessions.read('s'))?.events).toEqual([event])
  })

  it('tells events apart by method, time and request', async () => {
    const events = [
      { method: 'totp', at: t },
      { method: 'totp', at: t, request: 'req-1' },
      { method: 'totp', at: t, request: 'req-2' },
      { method: 'totp', at: t + 1 },
      { method: 'password', at: t },
    ]
    await store().sessions.append('s', 'sub-ada', events, t)
    expect((await store().sessions.read('s'))?.events).toHaveLength(5)
  })

  it('loses none of the events appended at once', async () => {
    await atOnce(async (n) =>
      store().sessions.append('s', 'sub-ada', [{ method: 'totp', at: t + n }], t + n),
    )
    expect((await store().sessions.read('s'))?.events).toHaveLength(parallelCallers)
  })

  it('refuses events of another account, and keeps none of them', async () => {
    await store().sessions.append('s', 'sub-ada', [{ method: 'password', at: t }], t)
    await expect(
      store().sessions.append('s', 'sub-bob', [{ method: 'totp', at: t }], t),
    ).rejects.toMatchObject({ code: 'store_conflict' })
    expect(await store().sessions.read('s')).toEqual({
      accountId: 'sub-ada',
      events: [{ method: 'password', at: t }],
    })
  })

  it('keeps the newest events of each method, so that a long session stays small', async () => {
    const events = Array.from({ length: keptEventsPerMethod + 10 }, (_, n) => ({
      method: 'totp',
      at: t + n,
    }))
    const password = { method: 'password', at: t }
    await store().sessions.append('s', 'sub-ada', [password, ...events], t)
    const kept = (await store().sessions.read('s'))?.events ?? []
    expect(kept).toEqual([password, ...events.slice(10)])
  })

  it('begins a record without events where none were given', async () => {
    await store().sessions.append('s', 'sub-ada', [], t)
    expect(await store().sessions.read('s')).toEqual({ accountId: 'sub-ada', events: [] })
  })

  it('is removed with its events', async () => {
    await store().sessions.append('s', 'sub-ada', [{ method: 'password', at: t }], t)
    await store().sessions.remove('s')
    expect(await store().sessions.read('s')).toBeUndefined()
    await store().sessions.append('s', 'sub-bob', [], t)
    expect((await store().sessions.read('s'))?.events).toEqual([])
  })

  it('is removed when nothing was appended since the stated time', async () => {
    await store().sessions.append('old', 'sub-ada', [{ method: 'password', at: t }], t)
    await store().sessions.append('live', 'sub-ada', [{ method: 'password', at: t }], t)
    await store().sessions.append('live', 'sub-ada', [{ method: 'totp', at: t + 10 }], t + 10)
    await store().sessions.append('live', 'sub-ada', [], t + 3)
    expect(await store().sessions.removeExpired(t)).toBe(0)
    expect(await store().sessions.removeExpired(t + 10)).toBe(1)
    expect(await store().sessions.read('old')).toBeUndefined()
    expect((await store().sessions.read('live'))?.events).toHaveLength(2)
  })

  it('lists the sessions of an account with where they were used, the last seen first', async () => {
    await store().sessions.append('old', 'sub-ada', [{ method: 'password', at: t }], t)
    await store().sessions.append('new', 'sub-ada', [{ method: 'password', at: t }], t)
    await store().sessions.append('ben', 'sub-ben', [{ method: 'password', at: t }], t)
    const use = { address: '192.0.2.1', device: 'Firefox on Linux' }
    await store().sessions.seen('old', use, t)
    await store().sessions.seen('new', use, t + 10)
    await store().sessions.seen('new', { ...use, address: '192.0.2.2' }, t + 100)
    await store().sessions.seen('nobody', use, t)
    expect(await store().sessions.forAccount('sub-ada')).toEqual([
      { uid: 'new', firstSeenAt: t + 10, lastSeenAt: t + 100, ...use, address: '192.0.2.2' },
      { uid: 'old', firstSeenAt: t, lastSeenAt: t, ...use },
    ])
  })

  it('takes back the events of a method that were made by then, and no other', async () => {
    const events = [
      { method: 'password', at: t },
      { method: 'totp', at: t },
      { method: 'totp', at: t + 9 },
    ]
    await store().sessions.append('s', 'sub-ada', events, t + 9)
    await store().sessions.dropMethods('s', ['totp', 'passkey'], t + 8)
    expect((await store().sessions.read('s'))?.events).toEqual([events[0], events[2]])
  })

  it('names the sessions of accounts that were disabled or are gone', async () => {
    for (const username of ['kay', 'lou', 'max']) {
      const id = `orphan-${username}`
      await store().accounts.create({ id, username, disabled: false, createdAt: t })
      await store().sessions.append(username, id, [{ method: 'password', at: t }], t)
    }
    const those = async (): Promise<readonly string[]> =>
      (await store().sessions.orphaned(100)).filter((uid) => ['kay', 'lou', 'max'].includes(uid))
    expect(await those()).toEqual([])
    await store().accounts.setDisabled('orphan-kay', true)
    await store().accounts.remove('orphan-lou')
    expect((await those()).toSorted()).toEqual(['kay', 'lou'])
    expect(await store().sessions.orphaned(1)).toHaveLength(1)
  })
}
