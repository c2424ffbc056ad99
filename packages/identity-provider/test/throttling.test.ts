import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type TestHouse, type TestPerson } from '@newel/testing/house'
import {
  ask,
  clientSecrets,
  journey,
  now,
  openStepUpHouse,
  outcome,
  pass,
} from './step-up-house.ts'

const attempts = 2
/** An address stands for ten people. */
const perAddress = 10 * attempts

let house: TestHouse
let ada: TestPerson
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  house = await openStepUpHouse({
    enrolment:
      'lockout: { attempts: 2, window: 10m, duration: 5m, backOff: { maximum: 15m, forgetAfter: 1h } }',
  })
  ada = await house.addPerson('ada', { totp: true })
})
afterEach(async () => {
  await house.close()
  vi.useRealTimers()
})

function secondsOf(headers: Headers): number {
  return Number(headers.get('retry-after'))
}

describe('an address with too many wrong answers', () => {
  beforeEach(async () => {
    for (let guess = 0; guess < perAddress; guess += 1) {
      const visitor = house.visitor()
      const { page } = await ask(house, visitor, {})
      await visitor.submit(page, { username: `guess${guess}`, password: 'not it, sorry' })
    }
  })

  it('is refused at sign-in by 429 with `Retry-After`, right answers too, until then (RFC 6585 §4)', async () => {
    pass(60)
    const visitor = house.visitor()
    const { page } = await ask(house, visitor, {})
    const fields = { username: ada.username, password: ada.password }
    const refused = await visitor.submit(page, fields)
    expect([refused.status, refused.page]).toEqual([429, 'login'])
    expect(secondsOf(refused.headers)).toBe(240)
    pass(240)
    expect(outcome(await visitor.submit(refused, fields))).toBe('code')
  })

  it('keeps the sessions that are open, and is refused in their step-up', async () => {
    pass(300)
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    for (const address of ['127.0.0.1', '::1']) await lockAddress(house, address)
    const refused = await visitor.submit(page, { code: '000000' })
    expect([refused.status, refused.page]).toEqual([429, 'step-up'])
    expect(secondsOf(refused.headers)).toBe(300)
    expect((await journey(house, visitor, ada)).asked).toEqual([])
  })
})

async function lockAddress({ store }: TestHouse, address: string): Promise<void> {
  const { addressKey } = await import('../src/interaction/attempts.ts')
  const limit = { attempts: 1, windowSeconds: 60, lockSeconds: 300 }
  await store.attempts.fail(addressKey(address), now(), limit)
}

describe('a method that is locked again and again', () => {
  it('stays locked for twice as long each time, known and unknown names alike', async () => {
    const courses = []
    for (const username of [ada.username, 'nobody']) {
      const course = []
      for (let lock = 0; lock < 4; lock += 1) {
        const visitor = house.visitor()
        let { page } = await ask(house, visitor, {})
        for (let guess = 0; guess < attempts; guess += 1) {
          page = await visitor.submit(page, { username, password: 'not it, sorry' })
        }
        expect([page.status, page.page]).toEqual([429, 'locked'])
        course.push(secondsOf(page.headers))
        pass(secondsOf(page.headers))
      }
      courses.push(course)
    }
    expect(courses[0]).toEqual([300, 600, 900, 900])
    expect(courses[1]).toEqual(courses[0])
  })
})

describe('names that are unknown', () => {
  it('cost the same work in the store, and the same hashing, as known ones', async () => {
    const work = []
    for (const username of [ada.username, 'nobody']) {
      const calls = countCalls(house)
      const visitor = house.visitor()
      const { page } = await ask(house, visitor, {})
      calls.reset()
      await visitor.submit(page, { username, password: 'not it, sorry' })
      work.push(calls.made())
      calls.end()
    }
    expect(work[1]).toEqual(work[0])
    expect(work[0]).toMatchObject({ fail: 2 })
  })
})

/** Counts what is asked of the attempts of the store. */
function countCalls({ store }: TestHouse) {
  const names = ['fail', 'state', 'clear', 'takeBack'] as const
  const spies = names.map((name) => vi.spyOn(store.attempts, name))
  return {
    reset: () => spies.forEach((spy) => spy.mockClear()),
    made: () =>
      Object.fromEntries(names.map((name, index) => [name, spies[index]?.mock.calls.length])),
    end: () => spies.forEach((spy) => spy.mockRestore()),
  }
}

describe('an address with too many wrong client credentials', () => {
  async function introspect(secret: string): Promise<Response> {
    const credentials = Buffer.from(`api:${secret}`).toString('base64')
    return fetch(new URL('/introspect', house.issuer), {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}` },
      body: new URLSearchParams({ token: 'none' }),
    })
  }
  const right = clientSecrets.get('api') ?? ''

  it('is refused by 429 with `Retry-After`, right ones too, until then', async () => {
    for (let guess = 0; guess < perAddress; guess += 1) {
      expect((await introspect(`guess-${guess}`)).status).toBe(401)
    }
    pass(60)
    const refused = await introspect(right)
    expect(refused.status).toBe(429)
    expect(secondsOf(refused.headers)).toBe(240)
    pass(240)
    expect((await introspect(right)).status).toBe(200)
  })

  it('may still sign people in, and right credentials in between are not counted', async () => {
    for (let guess = 0; guess < perAddress - 1; guess += 1) await introspect(`guess-${guess}`)
    for (let use = 0; use < 5; use += 1) expect((await introspect(right)).status).toBe(200)
    const visitor = house.visitor()
    expect((await journey(house, visitor, ada)).status).toBe(200)
  })
})
