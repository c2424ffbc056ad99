import { expect, it } from 'vitest'
import type { InteractionState } from '@newel/identity-provider/store'
import { atOnce, sampleTime as t } from './samples.ts'
import type { StoreInUse } from './store-contract.ts'

const state: InteractionState = {
  id: 'i',
  version: 1,
  csrfToken: 'csrf',
  events: [],
  failedAttempts: 0,
}

export function interactionContract(store: StoreInUse): void {
  it('gives back the state as it was', async () => {
    const full: InteractionState = {
      ...state,
      accountId: 'sub-ada',
      events: [{ method: 'password', at: t, request: 'r', properties: { a: 1 } }],
      pending: { method: 'passkey', state: { challenge: 'ünï', list: [null, true] } },
      enrolment: { any: ['thing'] },
      spent: ['federated:company/mfa'],
    }
    await store().interactions.create(full, t + 60)
    expect(await store().interactions.read('i', t)).toEqual(full)
  })

  it('is there in the last second and gone in the one it names', async () => {
    await store().interactions.create(state, t + 60)
    expect(await store().interactions.read('i', t + 59)).toEqual(state)
    expect(await store().interactions.read('i', t + 60)).toBeUndefined()
    expect(await store().interactions.read('other', t)).toBeUndefined()
  })

  it('refuses an id that exists', async () => {
    await store().interactions.create(state, t + 60)
    await expect(
      store().interactions.create({ ...state, failedAttempts: 9 }, t + 60),
    ).rejects.toMatchObject({ code: 'store_conflict' })
    expect((await store().interactions.read('i', t))?.failedAttempts).toBe(0)
  })

  it('is changed by exactly one of many callers that read the same version', async () => {
    await store().interactions.create(state, t + 60)
    const won = await atOnce(async (failedAttempts) =>
      store().interactions.update('i', 1, { ...state, failedAttempts }),
    )
    expect(won.filter(Boolean)).toHaveLength(1)
    expect(await store().interactions.read('i', t)).toEqual({
      ...state,
      version: 2,
      failedAttempts: won.indexOf(true),
    })
  })

  it('counts versions itself, whatever the new state says', async () => {
    await store().interactions.create(state, t + 60)
    await store().interactions.update('i', 1, { ...state, version: 99 })
    expect((await store().interactions.read('i', t))?.version).toBe(2)
    expect(await store().interactions.update('i', 1, state)).toBe(false)
    expect(await store().interactions.update('i', 2, state)).toBe(true)
  })

  it('does not come back through an update', async () => {
    await store().interactions.create(state, t + 60)
    await store().interactions.remove('i')
    expect(await store().interactions.update('i', 1, state)).toBe(false)
    expect(await store().interactions.read('i', t)).toBeUndefined()
  })

  it('is removed once expired, at most as many at once as asked', async () => {
    for (let n = 0; n < 4; n++) {
      await store().interactions.create({ ...state, id: `i${n}` }, t + n)
    }
    expect(await store().interactions.removeExpired(t + 2, 2)).toBe(2)
    expect(await store().interactions.removeExpired(t + 2, 2)).toBe(1)
    expect(await store().interactions.read('i3', t + 2)).toBeDefined()
  })
}
