import { expect, it } from 'vitest'
import { atOnce, parallelCallers, sampleTime as t } from './samples.ts'
import type { StoreInUse } from './store-contract.ts'

export function artifactContract(store: StoreInUse): void {
  it('gives back the payload as it was', async () => {
    const payload = { accountId: 'a', nested: { list: [1, 'two', null, true], empty: {} } }
    await store().artifacts.upsert('Session', 'id', payload, t + 60)
    expect(await store().artifacts.find('Session', 'id', t)).toEqual({ payload })
  })

  it('knows an id only under its model', async () => {
    await store().artifacts.upsert('AccessToken', 'id', {}, t + 60)
    expect(await store().artifacts.find('RefreshToken', 'id', t)).toBeUndefined()
    await store().artifacts.destroy('RefreshToken', 'id')
    expect(await store().artifacts.find('AccessToken', 'id', t)).toBeDefined()
  })

  it('replaces the payload and what it is found by', async () => {
    await store().artifacts.upsert('Session', 'id', { uid: 'one' }, t + 60)
    await store().artifacts.upsert('Session', 'id', { uid: 'two' }, t + 90)
    expect(await store().artifacts.findByUid('Session', 'one', t)).toBeUndefined()
    expect(await store().artifacts.findByUid('Session', 'two', t + 89)).toEqual({
      payload: { uid: 'two' },
    })
  })

  it('is there in the last second and gone in the one it names', async () => {
    const payload = { uid: 'u', userCode: 'CODE' }
    await store().artifacts.upsert('DeviceCode', 'id', payload, t + 60)
    const { artifacts } = store()
    for (const [now, found] of [
      [t + 59, true],
      [t + 60, false],
      [t + 61, false],
    ] as const) {
      expect((await artifacts.find('DeviceCode', 'id', now)) !== undefined).toBe(found)
      expect((await artifacts.findByUid('DeviceCode', 'u', now)) !== undefined).toBe(found)
      expect((await artifacts.findByUserCode('DeviceCode', 'CODE', now)) !== undefined).toBe(found)
    }
  })

  it('never expires without an expiry', async () => {
    await store().artifacts.upsert('Client', 'id', { a: 1 }, undefined)
    expect(await store().artifacts.find('Client', 'id', t * 10)).toEqual({ payload: { a: 1 } })
    expect(await store().artifacts.removeExpired(t * 10, 10)).toBe(0)
  })

  it('is created once by exactly one of many callers at once, and stays as that one wrote it', async () => {
    const won = await atOnce(async (n) => store().artifacts.createOnce('Keys', 'id', { n }))
    expect(won.filter(Boolean)).toHaveLength(1)
    expect(await store().artifacts.find('Keys', 'id', t * 10)).toEqual({
      payload: { n: won.indexOf(true) },
    })
  })

  it('is consumed by exactly one of many callers at once', async () => {
    await store().artifacts.upsert('AuthorizationCode', 'code', { a: 1 }, t + 60)
    const won = await atOnce(async () =>
      store().artifacts.consume('AuthorizationCode', 'code', t + 5),
    )
    expect(won.filter(Boolean)).toHaveLength(1)
    expect(won).toHaveLength(parallelCallers)
    expect(await store().artifacts.find('AuthorizationCode', 'code', t + 6)).toEqual({
      payload: { a: 1 },
      consumedAt: t + 5,
    })
  })

  it('cannot be consumed once expired, nor where it does not exist', async () => {
    await store().artifacts.upsert('AuthorizationCode', 'code', {}, t + 60)
    expect(await store().artifacts.consume('AuthorizationCode', 'code', t + 60)).toBe(false)
    expect(await store().artifacts.consume('AuthorizationCode', 'none', t)).toBe(false)
    expect(await store().artifacts.consume('RefreshToken', 'code', t)).toBe(false)
    expect(await store().artifacts.consume('AuthorizationCode', 'code', t + 59)).toBe(true)
  })

  it.each(['RefreshToken', 'AuthorizationCode'])(
    'is not written again once it was consumed (%s)',
    async (model) => {
      const { artifacts } = store()
      expect(await artifacts.upsert(model, 'id', { a: 1 }, t + 60)).toBe(true)
      expect(await artifacts.upsert(model, 'id', { a: 2 }, t + 60)).toBe(true)
      await artifacts.consume(model, 'id', t)
      expect(await artifacts.upsert(model, 'id', { a: 3 }, t + 600)).toBe(false)
      expect(await artifacts.find(model, 'id', t)).toEqual({ payload: { a: 2 }, consumedAt: t })
      expect(await artifacts.find(model, 'id', t + 60)).toBeUndefined()
      expect(await artifacts.consume(model, 'id', t)).toBe(false)
    },
  )

  it.each(['Session', 'AuthorizationCode'])(
    'that was consumed is kept for as long as asked (%s)',
    async (model) => {
      const { artifacts } = store()
      await artifacts.upsert(model, 'id', {}, t + 600)
      expect(await artifacts.consume(model, 'id', t, t + 60)).toBe(true)
      expect((await artifacts.find(model, 'id', t + 59))?.consumedAt).toBe(t)
      expect(await artifacts.find(model, 'id', t + 60)).toBeUndefined()
      expect(await artifacts.removeExpired(t + 60, 10)).toBe(1)
    },
  )

  it('is not found by its uid once it was consumed', async () => {
    const { artifacts } = store()
    await artifacts.upsert('Session', 'old', { uid: 'u', n: 1 }, t + 60)
    await artifacts.upsert('Session', 'new', { uid: 'u', n: 2 }, t + 60)
    await artifacts.consume('Session', 'new', t)
    expect((await artifacts.findByUid('Session', 'u', t))?.payload).toEqual({ uid: 'u', n: 1 })
    await artifacts.consume('Session', 'old', t)
    expect(await artifacts.findByUid('Session', 'u', t)).toBeUndefined()
  })

  it('ends every code and token of a grant with it, and nothing else', async () => {
    const { artifacts } = store()
    const tokens = ['AccessToken', 'AuthorizationCode', 'RefreshToken', 'DeviceCode']
    for (const model of tokens) await artifacts.upsert(model, 'x', { grantId: 'g1' }, t + 60)
    await artifacts.upsert('AccessToken', 'other', { grantId: 'g2' }, t + 60)
    await artifacts.upsert('Interaction', 'x', { grantId: 'g1' }, t + 60)
    await artifacts.upsert('Grant', 'g1', { jti: 'g1' }, t + 60)
    await artifacts.revokeByGrantId('g1')
    for (const model of tokens) expect(await artifacts.find(model, 'x', t)).toBeUndefined()
    expect(await artifacts.find('AccessToken', 'other', t)).toBeDefined()
    expect(await artifacts.find('Interaction', 'x', t)).toBeDefined()
    expect(await artifacts.find('Grant', 'g1', t)).toBeDefined()
  })

  it('finds the newer of two sessions with one uid', async () => {
    await store().artifacts.upsert('Session', 'old', { uid: 'u', n: 1 }, t + 60)
    await store().artifacts.upsert('Session', 'new', { uid: 'u', n: 2 }, t + 60)
    const found = await store().artifacts.findByUid('Session', 'u', t)
    expect(found?.payload).toEqual({ uid: 'u', n: 2 })
  })

  it('removes what expired, at most as many at once as asked', async () => {
    const { artifacts } = store()
    for (let index = 0; index < 5; index++) {
      await artifacts.upsert('Session', `s${index}`, {}, t + index)
    }
    expect(await artifacts.removeExpired(t + 3, 3)).toBe(3)
    expect(await artifacts.removeExpired(t + 3, 3)).toBe(1)
    expect(await artifacts.removeExpired(t + 3, 3)).toBe(0)
    expect(await artifacts.find('Session', 's4', t + 3)).toBeDefined()
  })

  it.each([
    ['emoji and other scripts', '🔑 Ключ 鍵 مفتاح'],
    ['quotes and statements', `'; drop table artifact; --"`],
    ['a name that objects inherit', '__proto__'],
    ['white space', ' \t\n '],
    ['a null character', 'a\u0000b'],
  ])('takes %s as an id, a uid and a grant', async (_, text) => {
    const payload = { uid: text, grantId: text, userCode: text, text }
    const { artifacts } = store()
    await artifacts.upsert('DeviceCode', text, payload, t + 60)
    expect((await artifacts.find('DeviceCode', text, t))?.payload).toEqual(payload)
    expect((await artifacts.findByUid('DeviceCode', text, t))?.payload).toEqual(payload)
    expect((await artifacts.findByUserCode('DeviceCode', text, t))?.payload).toEqual(payload)
    await artifacts.revokeByGrantId(text)
    expect(await artifacts.find('DeviceCode', text, t)).toBeUndefined()
  })

  it('keeps a payload of four million characters', async () => {
    const payload = { text: 'ab🔑'.repeat(1_000_000) }
    await store().artifacts.upsert('Session', 'big', payload, t + 60)
    expect((await store().artifacts.find('Session', 'big', t))?.payload).toEqual(payload)
  })

  it('does not become something else through a payload with odd keys', async () => {
    const payload = JSON.parse('{"__proto__":{"admin":true},"constructor":1}') as object
    await store().artifacts.upsert('Session', 'id', { ...payload, uid: 5 }, t + 60)
    const found = await store().artifacts.find('Session', 'id', t)
    expect(found?.payload['admin']).toBeUndefined()
    expect(await store().artifacts.findByUid('Session', '5', t)).toBeUndefined()
  })

  it('lets many writers of one artifact end with one of their values', async () => {
    await atOnce(async (n) => store().artifacts.upsert('Session', 'id', { n }, t + 60))
    const n = (await store().artifacts.find('Session', 'id', t))?.payload['n']
    expect(n).toBeTypeOf('number')
  })
}
