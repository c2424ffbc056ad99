import { expect, it } from 'vitest'
import { atOnce, parallelCallers, sampleTime as t } from './samples.ts'
import type { StoreInUse } from './store-contract.ts'

const limit = { windowSeconds: 60, attempts: 3, lockSeconds: 300 }

export function attemptContract(store: StoreInUse): void {
  it('locks at the failure with the stated number', async () => {
    const { attempts } = store()
    expect(await attempts.state('k', t)).toEqual({ failures: 0 })
    expect(await attempts.fail('k', t, limit)).toEqual({ failures: 1, counted: true })
    expect(await attempts.fail('k', t + 1, limit)).toEqual({ failures: 2, counted: true })
    expect(await attempts.fail('k', t + 2, limit)).toEqual({
      failures: 3,
      lockedUntil: t + 302,
      counted: true,
    })
    expect(await attempts.state('k', t + 2)).toEqual({ failures: 3, lockedUntil: t + 302 })
    expect(await attempts.state('other', t)).toEqual({ failures: 0 })
  })

  it('counts every one of many failures at once, and no more than lock', async () => {
    const many = { ...limit, attempts: 5 }
    const results = await atOnce(async () => store().attempts.fail('k', t, many))
    expect(results.filter(({ counted }) => counted)).toHaveLength(5)
    expect(results.filter(({ lockedUntil }) => lockedUntil === undefined)).toHaveLength(4)
    expect(results).toHaveLength(parallelCallers)
  })

  it('opens in the second that the lock names, with nothing held against the key', async () => {
    const once = { ...limit, attempts: 1 }
    await store().attempts.fail('k', t, once)
    expect(await store().attempts.state('k', t + 299)).toEqual({
      failures: 1,
      lockedUntil: t + 300,
    })
    expect(await store().attempts.state('k', t + 300)).toEqual({ failures: 0 })
    expect(await store().attempts.fail('k', t + 300, limit)).toEqual({ failures: 1, counted: true })
  })

  it('is not locked for longer by failures during the lock', async () => {
    const once = { ...limit, attempts: 1 }
    await store().attempts.fail('k', t, once)
    expect(await store().attempts.fail('k', t + 200, once)).toEqual({
      failures: 1,
      lockedUntil: t + 300,
      counted: false,
    })
  })

  it('forgets failures in the second that ends their window', async () => {
    await store().attempts.fail('k', t, limit)
    await store().attempts.fail('k', t + 59, limit)
    expect(await store().attempts.state('k', t + 59)).toEqual({ failures: 2 })
    expect(await store().attempts.state('k', t + 60)).toEqual({ failures: 0 })
    expect(await store().attempts.fail('k', t + 60, limit)).toEqual({ failures: 1, counted: true })
    expect(await store().attempts.state('k', t + 119)).toEqual({ failures: 1 })
  })

  it('is locked for twice as long each time, up to the stated maximum, until that is forgotten', async () => {
    const growing = {
      ...limit,
      attempts: 1,
      backOff: { mostSeconds: 1000, forgetAfterSeconds: 100 },
    }
    const lockedAt = async (at: number): Promise<number> => {
      const { lockedUntil = at } = await store().attempts.fail('k', at, growing)
      return lockedUntil - at
    }
    expect(await lockedAt(t)).toBe(300)
    expect(await lockedAt(t + 300)).toBe(600)
    expect(await lockedAt(t + 900)).toBe(1000)
    expect(await lockedAt(t + 1900 + 99)).toBe(1000)
    expect(await lockedAt(t + 1999 + 1000 + 100)).toBe(300)
  })

  it('does not remember the locks before it was cleared', async () => {
    const growing = {
      ...limit,
      attempts: 1,
      backOff: { mostSeconds: 1000, forgetAfterSeconds: 100 },
    }
    await store().attempts.fail('k', t, growing)
    await store().attempts.clear('k')
    expect(await store().attempts.fail('k', t, growing)).toMatchObject({ lockedUntil: t + 300 })
  })

  it('locks once where many failures at once reach the limit', async () => {
    const growing = {
      ...limit,
      attempts: 5,
      backOff: { mostSeconds: 9000, forgetAfterSeconds: 100 },
    }
    await atOnce(async () => store().attempts.fail('k', t, growing))
    expect((await store().attempts.state('k', t)).lockedUntil).toBe(t + 300)
    await atOnce(async () => store().attempts.fail('k', t + 300, growing))
    expect((await store().attempts.state('k', t + 300)).lockedUntil).toBe(t + 900)
  })

  it('takes back what was no failure, and counts the others on in their window', async () => {
    const { attempts } = store()
    await attempts.fail('k', t, limit)
    const taken = await attempts.fail('k', t + 1, limit)
    await attempts.takeBack('k', t + 1, limit, taken)
    expect(await attempts.state('k', t + 1)).toEqual({ failures: 1 })
    expect(await attempts.state('k', t + 60)).toEqual({ failures: 0 })
  })

  it('takes back every one of many at once', async () => {
    const many = { ...limit, attempts: 1000 }
    await store().attempts.fail('k', t, many)
    await atOnce(async () => {
      const taken = await store().attempts.fail('k', t, many)
      await store().attempts.takeBack('k', t, many, taken)
    })
    expect(await store().attempts.state('k', t)).toEqual({ failures: 1 })
  })

  it('is not locked any more when the failure that locked it is taken back', async () => {
    const growing = { ...limit, backOff: { mostSeconds: 1000, forgetAfterSeconds: 100 } }
    const { attempts } = store()
    await attempts.fail('k', t, growing)
    await attempts.fail('k', t, growing)
    const last = await attempts.fail('k', t, growing)
    await attempts.takeBack('k', t, growing, last)
    expect(await attempts.state('k', t)).toEqual({ failures: 2 })
    // As if it had not been: this is the first lock.
    expect(await attempts.fail('k', t, growing)).toMatchObject({ lockedUntil: t + 300 })
  })

  it('keeps a lock that another failure brought about, and takes nothing back that was not counted', async () => {
    const { attempts } = store()
    const first = await attempts.fail('k', t, limit)
    await attempts.fail('k', t, limit)
    await attempts.fail('k', t, limit)
    const refused = await attempts.fail('k', t, limit)
    for (const taken of [first, refused]) await attempts.takeBack('k', t, limit, taken)
    expect(await attempts.state('k', t)).toEqual({ failures: 3, lockedUntil: t + 300 })
  })

  it('begins no window by taking back', async () => {
    const { attempts } = store()
    const taken = await attempts.fail('k', t, limit)
    await attempts.takeBack('k', t, limit, taken)
    await attempts.clear('k')
    await attempts.takeBack('k', t, limit, taken)
    expect(await attempts.fail('k', t + 50, limit)).toEqual({ failures: 1, counted: true })
    expect(await attempts.state('k', t + 100)).toEqual({ failures: 1 })
  })

  it('starts anew when cleared', async () => {
    await store().attempts.fail('k', t, limit)
    await store().attempts.clear('k')
    expect(await store().attempts.state('k', t)).toEqual({ failures: 0 })
    await store().attempts.clear('never seen')
  })

  it('is removed once its window and its lock are over', async () => {
    await store().attempts.fail('window', t, limit)
    await store().attempts.fail('lock', t, { ...limit, attempts: 1 })
    expect(await store().attempts.removeExpired(t + 59, 10)).toBe(0)
    expect(await store().attempts.removeExpired(t + 60, 10)).toBe(1)
    expect((await store().attempts.state('lock', t + 60)).lockedUntil).toBe(t + 300)
    expect(await store().attempts.removeExpired(t + 300, 10)).toBe(1)
  })

  it('keeps keys of any text apart', async () => {
    for (const key of ['a:b', 'a', 'A', '__proto__', 'ключ']) {
      expect(await store().attempts.fail(key, t, limit)).toMatchObject({ failures: 1 })
    }
  })
}
