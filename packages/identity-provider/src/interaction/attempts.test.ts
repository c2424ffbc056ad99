import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSealer } from '../secrets/index.ts'
import { type Store, openSqliteStore } from '../store/index.ts'
import {
  Attempts,
  type CountedAttempt,
  accountKey,
  addressKey,
  unknownUserKey,
} from './attempts.ts'

const now = 1_800_000_000
const keys = { person: accountKey('sub-ada', 'totp'), address: addressKey('192.0.2.1') }
const lockout = {
  attempts: 3,
  windowSeconds: 600,
  durationSeconds: 900,
  backOff: { maximumSeconds: 3000, forgetAfterSeconds: 86_400 },
}

describe('counted attempts', () => {
  let store: Store
  let attempts: Attempts
  beforeEach(async () => {
    store = await openSqliteStore({ path: ':memory:', sealer: createSealer(randomBytes(32)) })
    attempts = new Attempts(store.attempts, lockout)
  })
  afterEach(async () => store.close())

  async function failures(key: string): Promise<number> {
    return (await store.attempts.state(key, now)).failures
  }

  async function counted(): Promise<Extract<CountedAttempt, { kind: 'counted' }>> {
    const attempt = await attempts.count(keys, now)
    if (attempt.kind !== 'counted') throw new Error(attempt.kind)
    return attempt
  }

  it('lock with the last attempt of the limit, and are refused from then on', async () => {
    const counts = []
    for (let attempt = 0; attempt < 4; attempt += 1) counts.push(await attempts.count(keys, now))
    expect(counts).toMatchObject([
      { kind: 'counted', attemptsLeft: 2 },
      { kind: 'counted', attemptsLeft: 1 },
      { kind: 'counted', attemptsLeft: 0, lockedUntil: now + 900 },
      { kind: 'locked', lockedUntil: now + 900 },
    ])
  })

  it('made at once are never more than the limit', async () => {
    const counts = await Promise.all(
      Array.from({ length: 20 }, async () => attempts.count(keys, now)),
    )
    expect(counts.filter(({ kind }) => kind === 'counted')).toHaveLength(3)
  })

  it('are forgotten after a right answer', async () => {
    await attempts.count(keys, now)
    await attempts.failed(keys, now)
    await attempts.forgive(keys)
    expect(await failures(keys.person)).toBe(0)
    expect(await failures(keys.address)).toBe(1)
  })

  it('that were not judged do not lock a person out, and hide no failure', async () => {
    await attempts.count(keys, now)
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await attempts.takeBack(keys, await counted(), now)
    }
    expect(await failures(keys.person)).toBe(1)
    expect(await attempts.lockedUntil(keys.person, now)).toBeUndefined()
  })

  it('taken back when they were the last of the limit leave the others counted', async () => {
    await attempts.count(keys, now)
    await attempts.count(keys, now)
    await attempts.takeBack(keys, await counted(), now)
    expect(await attempts.count(keys, now)).toMatchObject({ attemptsLeft: 0 })
  })

  it('that were wrong throttle their address at ten times the limit', async () => {
    const kinds = []
    for (let person = 0; person < 31; person += 1) {
      const another = { ...keys, person: `${person}` }
      kinds.push((await attempts.count(another, now)).kind)
      await attempts.failed(another, now)
    }
    expect(kinds.indexOf('throttled')).toBe(30)
  })

  it('throttled say when their address may try again', async () => {
    for (let wrong = 0; wrong < 30; wrong += 1) await attempts.failed(keys, now)
    expect(await attempts.count(keys, now + 100)).toEqual({ kind: 'throttled', until: now + 900 })
  })

  it('throttle their address for the same time again and again', async () => {
    for (const at of [now, now + 900, now + 1800]) {
      for (let wrong = 0; wrong < 30; wrong += 1) await attempts.failed(keys, at)
      expect(await attempts.count(keys, at)).toEqual({ kind: 'throttled', until: at + 900 })
    }
  })

  it.each([
    ['known', accountKey('sub-ada', 'password')],
    ['unknown', unknownUserKey('nobody', 'password')],
  ])(
    'that lock a(n) %s name again lock it for twice as long, up to the maximum',
    async (_, person) => {
      const seconds = []
      let at = now
      for (let lock = 0; lock < 4; lock += 1) {
        let last: CountedAttempt | undefined
        for (let guess = 0; guess < 3; guess += 1)
          last = await attempts.count({ ...keys, person }, at)
        const until = last?.kind === 'counted' ? (last.lockedUntil ?? at) : at
        seconds.push(until - at)
        at = until
      }
      expect(seconds).toEqual([900, 1800, 3000, 3000])
    },
  )

  it('for unknown users are kept apart by normalised name, and name nobody', () => {
    expect(unknownUserKey(' ADA ', 'password')).toBe(unknownUserKey('ada', 'password'))
    expect(unknownUserKey('ada', 'password')).not.toContain('ada')
  })
})

describe('the key of an address', () => {
  it.each([
    ['192.0.2.1', 'address:192.0.2.1'],
    ['::ffff:192.0.2.1', 'address:192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', 'address:2001:db8:1:2::/64'],
    ['2001:0DB8:1:2::9', 'address:2001:db8:1:2::/64'],
    ['2001:db8::1', 'address:2001:db8:0:0::/64'],
    ['::1', 'address:0:0:0:0::/64'],
    ['fe80::1%eth0', 'address:fe80:0:0:0::/64'],
  ])('of `%s` is `%s`', (address, key) => {
    expect(addressKey(address)).toBe(key)
  })
})
