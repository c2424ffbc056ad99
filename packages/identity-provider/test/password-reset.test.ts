import type { AuthorizationAttempt, TestPerson, VisitedPage, Visitor } from '@newel/testing/house'
import { answerPage, answerPages, redeem, requestTokens } from '@newel/testing/house'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { accountKey } from '../src/interaction/attempts.ts'
import { errandSeconds } from '../src/interaction/errand.ts'
import { holdClock } from './hold-clock.ts'
import {
  type PeopleHouse,
  codeFor,
  codeIn,
  forgetPassword,
  openPeopleHouse,
} from './people-house.ts'
import { ask, journey, now, outcome, pass } from './step-up-house.ts'

let house: PeopleHouse
let ada: TestPerson
let address: string
let people = 0
const fresh = 'a wholly new sentence'

beforeAll(async () => {
  house = await openPeopleHouse()
})
afterAll(async () => {
  await house.close()
})
holdClock()
beforeEach(async () => {
  people += 1
  // Beyond every window of the tests before.
  pass(people * 3600)
  ada = await house.addReachable(`ada${people}`, { totp: true })
  address = `ada${people}@example.com`
})

async function reset(visitor: Visitor, named = ada.username): Promise<VisitedPage> {
  const page = await forgetPassword(house, visitor, named)
  const choose = await visitor.submit(page, { code: await codeFor(house, address) })
  return visitor.submit(choose, { password: fresh })
}

/** Tokens that outlive their session, which is logged out. */
async function offlineTokens(visitor: Visitor): Promise<{ readonly raw: Record<string, unknown> }> {
  const scope = 'openid accounts offline_access'
  const { page, attempt } = await ask(house, visitor, { scope, prompt: 'consent' })
  const consent = await answerPages(visitor, page, ada)
  const tokens = await redeem(house, 'web', attempt, await visitor.press(consent.page, 'Continue'))
  const logout = await visitor.get('/logout')
  await visitor.press(logout, 'Sign out')
  return { raw: { ...tokens.raw } }
}

/** A code that nobody has redeemed. */
async function codeOf(
  visitor: Visitor,
): Promise<{ readonly page: VisitedPage; readonly attempt: AuthorizationAttempt }> {
  const { page, attempt } = await ask(house, visitor, {})
  return { attempt, page: await answerPage(visitor, page, ada) }
}

/** Status of a refresh; the new refresh token takes the place of the old one. */
async function refreshed(raw: Record<string, unknown>): Promise<number> {
  expect(raw.refresh_token).toBeTypeOf('string')
  const { status, raw: next } = await requestTokens(house, {
    grant_type: 'refresh_token',
    client_id: 'web',
    refresh_token: String(raw.refresh_token),
  })
  raw.refresh_token = next.refresh_token
  return status
}

const withNew = (): TestPerson => ({ ...ada, password: fresh })

describe('a forgotten password', () => {
  it('is replaced after a code by mail, and signs nobody in', async () => {
    const visitor = house.visitor()
    const login = await reset(visitor)
    expect([login.page, login.html.includes('Your new password is set')]).toEqual(['login', true])
    const refused = await answerPage(visitor, login, ada)
    expect(refused.page).toBe('login')
    expect(outcome(await answerPage(visitor, refused, withNew()))).toBe('code')
  })

  it('is found by an address in either case, where one account alone has it', async () => {
    const visitor = house.visitor()
    expect((await reset(visitor, address.toUpperCase())).page).toBe('login')
    expect((await house.mail.letterTo(address, 2)).mail.subject).toBe('Your password was replaced')
  })

  it('of an address that two accounts share is found by user name alone', async () => {
    await house.addPerson(`twin${people}`, { email: address })
    const visitor = house.visitor()
    const page = await forgetPassword(house, visitor, address)
    expect(page.page).toBe('reset-code')
    await visitor.submit(await visitor.press(page, 'Send another code'), { username: ada.username })
    // One letter: the first request sent none.
    await codeFor(house, address)
    expect(lettersTo(address)).toHaveLength(1)
  })

  it('ends every session, their elevation and refresh tokens, and not those of others', async () => {
    const elsewhere = house.visitor()
    const before = await journey(house, elsewhere, ada, { acr_values: 'mfa' })
    const offline = await offlineTokens(house.visitor())
    const ben = await house.addReachable(`ben${people}`)
    const other = house.visitor()
    await journey(house, other, ben)
    expect(await refreshed(offline.raw)).toBe(200)
    pass(1)
    await reset(house.visitor())
    expect(await refreshed({ ...before.raw })).toBe(400)
    expect(await refreshed(offline.raw)).toBe(400)
    expect((await ask(house, elsewhere, {})).page.page).toBe('login')
    expect(outcome((await ask(house, other, {})).page)).toBe('code')
  })

  it('ends what was issued in its very second, and leaves what is issued in it afterwards', async () => {
    const offline = await offlineTokens(house.visitor())
    const code = await codeOf(house.visitor())
    const visitor = house.visitor()
    const own = await journey(house, visitor, ada)
    const asked = await ask(house, visitor, { prompt: 'login' })
    const who = await visitor.press(asked.page, 'Forgot your password?')
    const sent = await visitor.submit(who, { username: ada.username })
    const choose = await visitor.submit(sent, { code: await codeFor(house, address) })
    const login = await visitor.submit(choose, { password: fresh })
    expect(login.page).toBe('login')
    expect(await refreshed(offline.raw)).toBe(400)
    expect(await refreshed({ ...own.raw })).toBe(400)
    expect((await redeem(house, 'web', code.attempt, code.page)).status).toBe(400)
    const { page, attempt } = await ask(house, visitor, {})
    const after = await redeem(house, 'web', attempt, await answerPage(visitor, page, withNew()))
    expect(after.status).toBe(200)
    expect(await refreshed({ ...after.raw })).toBe(200)
    const elsewhere = await journey(house, house.visitor(), withNew())
    expect(await refreshed({ ...elsewhere.raw })).toBe(200)
  })

  it('takes no second factor away', async () => {
    const visitor = house.visitor()
    const login = await reset(visitor)
    await answerPage(visitor, login, withNew())
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    expect([page.page, page.method]).toEqual(['step-up', 'totp'])
  })

  it('ends the lock of the password and no other', async () => {
    const limit = { attempts: 1, windowSeconds: 900, lockSeconds: 3600 }
    for (const method of ['password', 'totp']) {
      await house.store.attempts.fail(accountKey(ada.accountId, method), now(), limit)
    }
    const visitor = house.visitor()
    const login = await reset(visitor)
    expect(outcome(await answerPage(visitor, login, withNew()))).toBe('code')
    expect((await ask(house, visitor, { acr_values: 'mfa' })).page.page).toBe('locked')
  })

  it('is told to its owner, by letter and on the account page', async () => {
    await reset(house.visitor())
    const { mail } = await house.mail.letterTo(address, 2)
    expect([mail.subject, codeIn(mail.text ?? '')]).toEqual([
      'Your password was replaced',
      undefined,
    ])
    const types = (await house.store.securityEvents.recent(ada.accountId, 9)).map((e) => e.type)
    expect(types).toContain('password_reset')
    const told = JSON.stringify(house.events)
    const code = await codeFor(house, address)
    expect([code, fresh, address].filter((secret) => told.includes(secret))).toEqual([])
  })

  it('leaves a session in the same browser without what it proved', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada, { acr_values: 'mfa' })
    const { page: login } = await ask(house, visitor, { prompt: 'login' })
    const who = await visitor.press(login, 'Forgot your password?')
    const page = await visitor.submit(who, { username: ada.username })
    const choose = await visitor.submit(page, { code: await codeFor(house, address) })
    const back = await visitor.submit(choose, { password: fresh })
    expect(back.page).toBe('login')
    expect(outcome(await answerPage(visitor, back, withNew()))).toBe('code')
    expect((await ask(house, visitor, { acr_values: 'mfa' })).page.method).toBe('totp')
  })
})

describe('whoever asks', () => {
  it('sees the same whether there is such an account, and gets a code only where there is', async () => {
    const disabled = await house.addReachable(`eve${people}`)
    await house.store.accounts.setDisabled(disabled.accountId, true)
    const pages = await Promise.all(
      [ada.username, 'nobody at all', 'nobody@example.net', disabled.username].map(async (named) =>
        forgetPassword(house, house.visitor(), named),
      ),
    )
    const shown = pages.map(({ status, html }) => [
      status,
      html.replaceAll(/value="[^"]*"/g, '').replaceAll(/interaction\/[\w-]+/g, ''),
    ])
    expect(new Set(shown.map(String)).size).toBe(1)
    await codeFor(house, address)
    expect(lettersTo('nobody@example.net')).toEqual([])
    expect(lettersTo(`eve${people}@example.com`)).toEqual([])
  })

  it('about an account without a password gets a letter that says so, and no code is right', async () => {
    await removeCredential('password')
    const visitor = house.visitor()
    const page = await forgetPassword(house, visitor, ada.username)
    const { mail } = await house.mail.letterTo(address)
    expect([mail.subject, codeIn(mail.text ?? '')]).toEqual([
      'There is no password to replace',
      undefined,
    ])
    const refused = await visitor.submit(page, { code: '12345678' })
    expect([refused.page, refused.status]).toEqual(['reset-code', 422])
  })

  it('is throttled by the name, known or not, and tells nothing by it', async () => {
    for (const named of [ada.username, `nobody${people}`]) {
      const pages: (string | undefined)[] = []
      for (let count = 0; count < 6; count += 1) {
        pages.push((await forgetPassword(house, house.visitor(), named)).page)
      }
      expect(pages).toEqual([...Array.from({ length: 5 }, () => 'reset-code'), 'reset'])
    }
    // By the address of a throttled name the page is as for any other.
    expect((await forgetPassword(house, house.visitor(), address)).page).toBe('reset-code')
  })

  it('guesses five times and no more', async () => {
    const visitor = house.visitor()
    const page = await forgetPassword(house, visitor, ada.username)
    const code = await codeFor(house, address)
    const wrong = code === '00000000' ? '11111111' : '00000000'
    let current = page
    for (let count = 0; count < 5; count += 1)
      current = await visitor.submit(current, { code: wrong })
    current = await visitor.submit(current, { code })
    expect([current.page, current.status]).toEqual(['reset-code', 422])
  })

  it('cannot use the code in another browser, or twice', async () => {
    const visitor = house.visitor()
    const page = await forgetPassword(house, visitor, ada.username)
    const code = await codeFor(house, address)
    const stranger = house.visitor()
    const theirs = await forgetPassword(house, stranger, 'nobody at all')
    expect((await stranger.submit(theirs, { code })).page).toBe('reset-code')
    const choose = await visitor.submit(page, { code })
    expect(choose.page).toBe('reset-password')
    const twice = await Promise.all([
      visitor.submit(choose, { password: fresh }),
      visitor.submit(choose, { password: 'another new sentence' }),
    ])
    expect(twice.filter(({ page: name }) => name === 'login').length).toBeGreaterThan(0)
    expect(
      house.events.filter((e) => e.type === 'password_reset' && e.accountId === ada.accountId),
    ).toHaveLength(1)
  })

  it('chooses the password by the rules, and in time', async () => {
    const visitor = house.visitor()
    const page = await forgetPassword(house, visitor, ada.username)
    const choose = await visitor.submit(page, { code: await codeFor(house, address) })
    const short = await visitor.submit(choose, { password: 'short' })
    expect([short.page, short.status]).toEqual(['reset-password', 422])
    pass(errandSeconds + 1)
    const late = await visitor.submit(short, { password: fresh })
    expect(late.page).not.toBe('login')
    expect((await journey(house, house.visitor(), ada)).status).toBe(200)
  })

  it('gives no password to an account that was disabled meanwhile', async () => {
    const visitor = house.visitor()
    const page = await forgetPassword(house, visitor, ada.username)
    const choose = await visitor.submit(page, { code: await codeFor(house, address) })
    await house.store.accounts.setDisabled(ada.accountId, true)
    expect((await visitor.submit(choose, { password: fresh })).page).toBe('reset')
    await house.store.accounts.setDisabled(ada.accountId, false)
    expect((await journey(house, house.visitor(), ada)).status).toBe(200)
  })

  it('does not undo a change of the password made meanwhile', async () => {
    const visitor = house.visitor()
    const page = await forgetPassword(house, visitor, ada.username)
    const choose = await visitor.submit(page, { code: await codeFor(house, address) })
    const second = house.visitor()
    const other = await forgetPassword(house, second, ada.username)
    const changed = await second.submit(other, { code: await codeFor(house, address, 2) })
    await second.submit(changed, { password: 'the one that stays' })
    expect((await visitor.submit(choose, { password: fresh })).page).toBe('reset')
    const after = { ...ada, password: 'the one that stays' }
    expect((await journey(house, house.visitor(), after)).status).toBe(200)
  })
})

describe('without `recovery.password`', () => {
  it('nothing is offered and nothing is taken', async () => {
    const closed = await openPeopleHouse('')
    try {
      const visitor = closed.visitor()
      const { page } = await ask(closed, visitor, {})
      expect(page.html).not.toContain('Forgot')
      expect((await visitor.get(`${page.url.pathname}/reset`)).page).toBe('login')
    } finally {
      await closed.close()
    }
  })
})

function lettersTo(recipient: string): readonly unknown[] {
  return house.mail.letters.filter(({ recipients }) => recipients.includes(recipient))
}

async function removeCredential(method: string): Promise<void> {
  const credentials = await house.store.credentials.forAccount(ada.accountId)
  await house.store.credentials.remove(credentials.find((c) => c.method === method)?.id ?? '')
}
