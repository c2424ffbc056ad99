import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type TestHouse,
  type TestPerson,
  type VisitedPage,
  type Visitor,
  answerPage,
  formsOf,
  redeem,
  totpCode,
} from '@newel/testing/house'
import { holdClock } from './hold-clock.ts'
import {
  ask,
  forgetAttempts,
  journey,
  now,
  openStepUpHouse,
  outcome,
  signedIn,
  wrongCode,
} from './step-up-house.ts'

let house: TestHouse
let ada: TestPerson
let people = 0

beforeAll(async () => {
  house = await openStepUpHouse({ enrolment: 'enrolment: { duringStepUp: true }' })
})
afterAll(async () => house.close())
holdClock()
beforeEach(async () => {
  await forgetAttempts(house)
  people += 1
  ada = await house.addPerson(`ada${people}`, { totp: true })
})

/** What happens while a step-up of `visitor` is under way. */
const meanwhile = {
  'the account was disabled': async () => {
    await house.store.accounts.setDisabled(ada.accountId, true)
  },
  'the account was removed': async () => {
    await house.store.accounts.remove(ada.accountId)
  },
  'the authenticator was removed': async () => {
    for (const { id, method } of await house.store.credentials.forAccount(ada.accountId)) {
      if (method === 'totp') await house.store.credentials.remove(id)
    }
  },
  'its owner logged out in another tab': async (visitor: Visitor) => {
    const confirm = await visitor.get('/logout')
    await visitor.post('/logout/confirm', { ...formsOf(confirm)[0]?.fields, logout: 'yes' })
  },
  'its session was ended from elsewhere': async () => {
    await house.provider.endSessions(ada.accountId)
  },
} satisfies Record<string, (visitor: Visitor) => Promise<void>>

type Happening = keyof typeof meanwhile
const happenings = Object.keys(meanwhile) as readonly Happening[]

/** Ends without a code and without a failure of ours, and without the level. */
async function expectNothing(visitor: Visitor, end: VisitedPage): Promise<void> {
  expect(outcome(end)).not.toBe('code')
  expect(end.status).toBeLessThan(500)
  // Nor does asking once more give it without a proof.
  const again = await ask(house, visitor, { acr_values: 'mfa', prompt: 'none' })
  expect(outcome(again.page)).not.toBe('code')
}

describe('a step-up', () => {
  it.each(happenings)(
    'that waits for its answer when %s is not completed by a right one',
    async (happening) => {
      const visitor = await signedIn(house, ada)
      const { page } = await ask(house, visitor, { acr_values: 'mfa' })
      await meanwhile[happening](visitor)
      const seen = house.events.length
      await expectNothing(visitor, await answerPage(visitor, page, ada))
      const after = house.events.slice(seen).map(({ type }) => type)
      expect(after).not.toContain('proof_accepted')
    },
  )

  it.each(happenings)('that was answered rightly when %s gives no code', async (happening) => {
    const visitor = await signedIn(house, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const back = await visitor.submitAndStay(page, { code: totpCode(ada.totpKey, now()) })
    await meanwhile[happening](visitor)
    await expectNothing(visitor, await visitor.get(back))
  })

  it.each(happenings)(
    'whose code was not redeemed yet when %s gives no token of the level',
    async (happening) => {
      const visitor = await signedIn(house, ada)
      const { page, attempt } = await ask(house, visitor, { acr_values: 'mfa' })
      const end = await answerPage(visitor, page, ada)
      expect(outcome(end)).toBe('code')
      await meanwhile[happening](visitor)
      const tokens = await redeem(house, 'web', attempt, end)
      expect(tokens.accessToken['acr']).not.toBe('mfa')
    },
  )

  it('is not completed by a right answer once wrong ones from another browser locked the method', async () => {
    const visitor = await signedIn(house, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const stranger = await signedIn(house, ada)
    let guessed = (await ask(house, stranger, { acr_values: 'mfa' })).page
    for (let guess = 0; guess < house.document.lockout.attempts; guess += 1) {
      guessed = await stranger.submit(guessed, { code: wrongCode(ada) })
    }
    expect(guessed.page).toBe('locked')
    const end = await answerPage(visitor, page, ada)
    expect([end.page, end.method]).toEqual(['locked', 'totp'])
    await expectNothing(visitor, end)
    // The session that was there goes on.
    expect((await journey(house, visitor, ada)).asked).toEqual([])
  })

  it('is not completed by a right answer that is counted after the guess that locked the method', async () => {
    const visitor = await signedIn(house, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const { attempts } = house.store
    const fail = attempts.fail.bind(attempts)
    // Another node locks it when this one has looked for locks and found none.
    const spy = vi.spyOn(attempts, 'fail').mockImplementationOnce(async (key, at, limit) => {
      for (let guess = 0; guess < limit.attempts; guess += 1) await fail(key, at, limit)
      return fail(key, at, limit)
    })
    const end = await answerPage(visitor, page, ada)
    spy.mockRestore()
    expect([end.page, end.method]).toEqual(['locked', 'totp'])
    await expectNothing(visitor, end)
  })

  it('counts its wrong passwords towards the lock at sign-in, and those at sign-in towards its own', async () => {
    const { attempts } = house.document.lockout
    ada = await house.addPerson(`ben${people}`)
    const visitor = await signedIn(house, ada)
    let { page } = await ask(house, visitor, { max_age: '0' })
    for (let guess = 0; guess < attempts - 1; guess += 1) {
      page = await visitor.submit(page, { password: 'not it, sorry' })
      expect(page.page).toBe('step-up')
    }
    const stranger = house.visitor()
    const login = (await ask(house, stranger, {})).page
    const last = await stranger.submit(login, { username: ada.username, password: 'not it, sorry' })
    expect(last.page).toBe('locked')
    const end = await answerPage(visitor, page, ada)
    expect([end.page, end.method]).toEqual(['locked', 'password'])
    expect(end.html).toMatch(/<time[^>]*datetime="[^"]+"/)
  })

  it.each(['the account was disabled', 'the account was removed'] as const)(
    'in which an authenticator is being set up when %s adds none',
    async (happening) => {
      const ben = await house.addPerson(`cid${people}`)
      const visitor = house.visitor()
      const { page } = await ask(house, visitor, { acr_values: 'mfa' })
      const unreachable = await answerPage(visitor, page, ben)
      const enrol = await visitor.submit(unreachable, { method: 'totp' })
      const key = /<p class="key">\s*<code>([^<]*)<\/code>/.exec(enrol.html)?.[1] ?? ''
      ada = ben
      await meanwhile[happening]()
      const end = await visitor.submit(enrol, { code: totpCode(key.replaceAll(' ', ''), now()) })
      expect(outcome(end)).not.toBe('code')
      expect(end.status).toBeLessThan(500)
      const kept = await house.store.credentials.forAccount(ben.accountId)
      expect(kept.filter(({ method }) => method === 'totp')).toEqual([])
    },
  )
})
