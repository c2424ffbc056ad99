import type { TestPerson, VisitedPage, Visitor } from '@newel/testing/house'
import { PasskeyDevice } from '@newel/testing/passkey-device'
import { answerPage, answerPages, totpCode } from '@newel/testing/house'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { freshSeconds } from '../src/account/fresh-proof.ts'
import { accountKey } from '../src/interaction/attempts.ts'
import { holdClock } from './hold-clock.ts'
import { type PeopleHouse, codeIn, forgetPassword, openPeopleHouse } from './people-house.ts'
import { ask, forgetAttempts, journey, now, outcome, pass } from './step-up-house.ts'

const day = 86_400
let house: PeopleHouse
let ada: TestPerson
let address: string
let people = 0

beforeAll(async () => {
  house = await openPeopleHouse()
})
afterAll(async () => {
  await house.close()
})
holdClock()
beforeEach(async () => {
  people += 1
  await forgetAttempts(house)
  ada = await house.addReachable(`ada${people}`, { totp: true })
  address = `ada${people}@example.com`
})

async function account(visitor: Visitor, person = ada): Promise<VisitedPage> {
  const { page } = await answerPages(visitor, await visitor.get('/account'), person)
  expect(page.page).toBe('account')
  return page
}

const idOf = async (method: string): Promise<string> => {
  const credentials = await house.store.credentials.forAccount(ada.accountId)
  return credentials.find((credential) => credential.method === method)?.id ?? ''
}

/** As far as the page that sends the code: with the password, which is what is left. */
async function report(visitor: Visitor): Promise<VisitedPage> {
  const page = await account(visitor)
  const choose = await visitor.press(page, 'I have lost one of these')
  expect(choose.page).toBe('lost')
  const next = await visitor.submit(choose, { [`lost_${await idOf('totp')}`]: '1' })
  return (await answerPages(visitor, next, ada)).page
}

let codes = 0
async function codeSent(): Promise<string> {
  codes += 1
  for (;;) {
    const letter = await house.mail.letterTo(address, codes)
    const code = codeIn(letter.mail.text ?? '')
    if (code !== undefined) return code
    codes += 1
  }
}

async function begin(visitor = house.visitor()): Promise<VisitedPage> {
  codes = 0
  const send = await report(visitor)
  expect(send.page).toBe('lost-send')
  const typed = await visitor.press(send, 'Send the code')
  expect(typed.page).toBe('lost-code')
  return visitor.submit(typed, { code: await codeSent() })
}

async function finish(visitor = house.visitor()): Promise<VisitedPage> {
  const page = await account(visitor)
  const next = await visitor.press(page, 'Remove it now')
  const { page: proved } = await answerPages(visitor, next, ada)
  return proved.html.includes('Remove it now') ? visitor.press(proved, 'Remove it now') : proved
}

const standing = async (): Promise<unknown> => house.store.recoveries.read(ada.accountId, now())
const types = async (): Promise<readonly string[]> =>
  (await house.store.securityEvents.recent(ada.accountId, 30)).map(({ type }) => type)
const subjects = (): readonly (string | undefined)[] =>
  house.mail.letters
    .filter(({ recipients }) => recipients.includes(address))
    .map(({ mail }) => mail.subject)

describe('a lost factor', () => {
  it('is removed after the cool-down, and another one is set up that proves nothing by that', async () => {
    await begin()
    expect(await types()).toContain('recovery_started')
    pass(day)
    const visitor = house.visitor()
    const removed = await finish(visitor)
    expect(removed.page).toBe('account')
    expect(await idOf('totp')).toBe('')
    expect(await standing()).toBeUndefined()
    expect(await types()).toEqual(
      expect.arrayContaining(['recovery_finished', 'authenticator_removed']),
    )
    const { page: add } = await answerPages(
      visitor,
      await visitor.get('/account/add?method=totp'),
      ada,
    )
    const key = /<p class="key"><code>([A-Z2-7 ]+)</.exec(add.html)?.[1]?.replaceAll(' ', '') ?? ''
    expect((await visitor.submit(add, { code: totpCode(key, now()) })).page).toBe('account')
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    expect([page.page, page.method]).toEqual(['step-up', 'totp'])
  })

  it('is reported from the page that asks for it', async () => {
    const visitor = house.visitor()
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const stepUp = await answerPage(visitor, page, ada)
    expect([stepUp.page, stepUp.method]).toEqual(['step-up', 'totp'])
    expect((await visitor.press(stepUp, 'I have lost this')).page).toBe('lost')
  })

  it('stays for the whole cool-down: not one second less', async () => {
    await begin()
    pass(day - 2)
    const visitor = house.visitor()
    const page = await account(visitor)
    expect(page.html).not.toContain('Remove it now')
    const forged = await visitor.post('/account/lost/finish', { csrf_token: tokenOf(page) })
    expect(forged.page).toBe('account')
    expect(await idOf('totp')).not.toBe('')
  })

  it('stays where the cool-down was left to lapse', async () => {
    await begin()
    pass(8 * day + 1)
    expect((await account(house.visitor())).html).toContain('I have lost one of these')
    expect(await standing()).toBeUndefined()
  })

  it('is told of at once, when the cool-down ends, once for all nodes, and at the end', async () => {
    await begin()
    await vi.waitFor(() => {
      expect(subjects()).toContain('A way to sign in was reported as lost')
    })
    await house.provider.maintain()
    pass(day)
    await Promise.all([house.provider.maintain(), house.provider.maintain()])
    await finish()
    await vi.waitFor(() => {
      expect(subjects()).toContain('What was lost is removed')
    })
    expect(
      subjects().filter((subject) => subject === 'What you lost can be removed now'),
    ).toHaveLength(1)
  })
})

describe('asking for it', () => {
  it('takes a fresh proof of what is left, and the code', async () => {
    const visitor = house.visitor()
    await account(visitor)
    pass(freshSeconds + 1)
    const choose = await visitor.get('/account/lost')
    const next = await visitor.submit(choose, { [`lost_${await idOf('totp')}`]: '1' })
    expect([next.page, next.method]).toEqual(['step-up', 'password'])
    const send = await answerPage(visitor, next, ada)
    const typed = await visitor.press(send, 'Send the code')
    const wrong = await visitor.submit(typed, { code: '00000000' })
    expect([wrong.page, wrong.status]).toEqual(['lost-code', 422])
    expect(await standing()).toBeUndefined()
  })

  it('takes the recovery code where there is one', async () => {
    await house.store.credentials.add({
      id: `codes${people}`,
      accountId: ada.accountId,
      method: 'recovery-code',
      label: 'Recovery codes',
      createdAt: now(),
      data: { total: 10, used: [] },
      secret: new Uint8Array(),
    })
    const visitor = house.visitor()
    const choose = await visitor.press(await account(visitor), 'I have lost one of these')
    const next = await visitor.submit(choose, { [`lost_${await idOf('totp')}`]: '1' })
    // Whoever reaches as high without it removes it as anything else, after that proof.
    expect(next.page).toBe('step-up')
    expect(await standing()).toBeUndefined()
  })

  it('is not the mailbox alone: a password that was set by a mailed code is no proof here', async () => {
    const [password] = (await house.store.credentials.forAccount(ada.accountId)).filter(
      ({ method }) => method === 'password',
    )
    if (password?.method !== 'password') throw new Error('no password')
    const marked = { ...password, data: { ...password.data, setByMail: true as const } }
    await house.store.credentials.replacePassword(marked, password.id)
    const refused = await report(house.visitor())
    expect([refused.page, refused.status]).toEqual(['lost-impossible', 422])
  })

  it('is neither begun nor finished with a password that was reset by mail', async () => {
    await begin()
    pass(day)
    const visitor = house.visitor()
    const typed = await forgetPassword(house, visitor, ada.username)
    codes += 1
    const choose = await visitor.submit(typed, { code: await codeSent() })
    await visitor.submit(choose, { password: 'a password of the mailbox' })
    ada = { ...ada, password: 'a password of the mailbox' }
    const finishing = await finish()
    expect([finishing.page, finishing.status]).toEqual(['lost-impossible', 422])
    const owner = house.visitor()
    await owner.press(await account(owner), 'Stop this: nothing is lost')
    const refused = await report(owner)
    expect([refused.page, refused.status]).toEqual(['lost-impossible', 422])
    expect(await idOf('totp')).not.toBe('')
  })

  it('is not possible for who has a passkey alone', async () => {
    const device = new PasskeyDevice()
    const visitor = house.visitor()
    await account(visitor)
    const { page: add } = await answerPages(
      visitor,
      await visitor.get('/account/add?method=passkey'),
      ada,
    )
    await device.answer(visitor, add)
    for (const method of ['totp', 'password'])
      await house.store.credentials.remove(await idOf(method))
    const other = house.visitor()
    const login = await other.get('/account')
    const page = await device.answer(other, login)
    const choose = await other.press(page, 'I have lost one of these')
    const refused = await other.submit(choose, { [`lost_${await idOf('webauthn')}`]: '1' })
    expect([refused.page, refused.status]).toEqual(['lost-impossible', 422])
  })

  it('is not possible without an address', async () => {
    const ben = await house.addPerson(`ben${people}`, { totp: true })
    ada = ben
    const refused = await report(house.visitor())
    expect([refused.page, refused.status]).toEqual(['lost-impossible', 422])
  })

  it('is one at a time', async () => {
    await begin()
    const before = await standing()
    const visitor = house.visitor()
    const page = await account(visitor)
    expect(page.html).not.toContain('I have lost one of these')
    expect((await visitor.get('/account/lost')).page).toBe('account')
    const again = await visitor.post('/account/lost', {
      csrf_token: tokenOf(page),
      [`lost_${await idOf('totp')}`]: '1',
    })
    expect(again.page).toBe('account')
    expect(await standing()).toEqual(before)
  })

  it('names nothing of another account', async () => {
    const ben = await house.addReachable(`ben${people}`, { totp: true })
    const foreign = (await house.store.credentials.forAccount(ben.accountId)).find(
      ({ method }) => method === 'totp',
    )
    const visitor = house.visitor()
    const choose = await visitor.press(await account(visitor), 'I have lost one of these')
    const refused = await visitor.post('/account/lost', {
      csrf_token: tokenOf(choose),
      [`lost_${foreign?.id ?? ''}`]: '1',
    })
    expect([refused.page, refused.status]).toEqual(['lost', 422])
  })
})

describe('it is stopped', () => {
  it('by anybody who is signed in, without a proof, and its owner is told', async () => {
    const owner = house.visitor()
    await account(owner)
    await begin()
    pass(freshSeconds + 1)
    const page = await owner.press(await owner.get('/account'), 'Stop this: nothing is lost')
    expect(page.page).toBe('account')
    expect(await standing()).toBeUndefined()
    expect(await types()).toContain('recovery_stopped')
    await vi.waitFor(() => {
      expect(subjects()).toContain('Nothing is removed from your account')
    })
  })

  it('by a use of what was called lost', async () => {
    await begin()
    pass(60)
    await journey(house, house.visitor(), ada, { acr_values: 'mfa' })
    pass(day)
    await account(house.visitor())
    expect(await standing()).toBeUndefined()
    expect(await idOf('totp')).not.toBe('')
    expect(await types()).toContain('recovery_stopped')
  })

  it('by disabling the account, also where it is enabled again', async () => {
    await begin()
    await house.store.accounts.setDisabled(ada.accountId, true)
    await house.store.accounts.setDisabled(ada.accountId, false)
    pass(day)
    expect((await account(house.visitor())).html).not.toContain('Remove it now')
    expect(await idOf('totp')).not.toBe('')
  })

  it('by the removal of what was lost', async () => {
    await begin()
    await house.store.credentials.remove(await idOf('totp'))
    await account(house.visitor())
    expect(await standing()).toBeUndefined()
  })

  it('for as long as the rest is locked, and finishes only with a fresh proof of it', async () => {
    await begin()
    pass(day)
    const visitor = house.visitor()
    const page = await account(visitor)
    pass(freshSeconds + 1)
    const limit = { attempts: 1, windowSeconds: 900, lockSeconds: 900 }
    await house.store.attempts.fail(accountKey(ada.accountId, 'password'), now(), limit)
    const locked = await visitor.press(page, 'Remove it now')
    // What is left takes no answer; the lost one would do, and its use would show that it is not lost.
    expect([locked.page, locked.method]).toEqual(['step-up', 'totp'])
    expect(await idOf('totp')).not.toBe('')
  })

  it('or finished by one of many who press at once', async () => {
    await begin()
    pass(day)
    const visitor = house.visitor()
    const page = await account(visitor)
    await Promise.all(Array.from({ length: 8 }, async () => visitor.press(page, 'Remove it now')))
    expect((await types()).filter((type) => type === 'recovery_finished')).toHaveLength(1)
    expect(await idOf('totp')).toBe('')
  })
})

describe('without `recovery.lostFactor`', () => {
  it('nothing is offered', async () => {
    const closed = await openPeopleHouse('')
    try {
      const eve = await closed.addReachable('eve', { totp: true })
      const visitor = closed.visitor()
      const { page } = await answerPages(visitor, await visitor.get('/account'), eve)
      expect(page.html).not.toContain('I have lost')
      expect((await visitor.get('/account/lost')).page).toBe('account')
      const { page: stepUp } = await ask(closed, visitor, { acr_values: 'mfa' })
      expect([stepUp.page, stepUp.html.includes('I have lost')]).toEqual(['step-up', false])
      expect(outcome(stepUp)).toBe('page step-up')
    } finally {
      await closed.close()
    }
  })
})

function tokenOf(page: VisitedPage): string {
  return /name="csrf_token" value="([^"]+)"/.exec(page.html)?.[1] ?? ''
}
