import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type TestHouse,
  type TestPerson,
  answerPage,
  answerPages,
  formsOf,
  openTestHouse,
  totpCode,
} from '@newel/testing/house'
import { accountKey } from '../src/interaction/attempts.ts'
import { holdClock } from './hold-clock.ts'
import {
  ask,
  forgetAttempts,
  journey,
  now,
  openStepUpHouse,
  outcome,
  pass,
  wrongCode,
} from './step-up-house.ts'

let house: TestHouse
let counting: TestHouse
let ada: TestPerson
let ben: TestPerson

beforeAll(async () => {
  house = await openStepUpHouse({ enrolment: 'enrolment: { duringStepUp: true }' })
  counting = await openStepUpHouse({
    enrolment: 'enrolment: { duringStepUp: true, satisfiesPendingStepUp: true }',
  })
})
afterAll(async () => {
  await house.close()
  await counting.close()
})

holdClock()
let people = 0
beforeEach(async () => {
  await forgetAttempts(house)
  people += 1
  ada = await house.addPerson(`ada${people}`, { totp: true })
  ben = await house.addPerson(`ben${people}`)
})

function hiddenField(page: Parameters<typeof formsOf>[0], name: string): string {
  return formsOf(page)[0]?.fields[name] ?? ''
}

describe('every page', () => {
  it('carries the headers that keep it in its place', async () => {
    const { page } = await ask(house, house.visitor(), {})
    const header = (name: string): string => page.headers.get(name) ?? ''
    expect(header('content-security-policy')).toContain("default-src 'none'")
    expect(header('content-security-policy')).toContain("form-action 'self' http://localhost:9")
    expect(header('cache-control')).toBe('no-store')
    expect(header('referrer-policy')).toBe('same-origin')
    expect(header('x-content-type-options')).toBe('nosniff')
    expect(page.headers.has('cross-origin-opener-policy')).toBe(false)
  })

  it('takes no form without its CSRF token, and none from another origin', async () => {
    const visitor = house.visitor()
    const { page } = await ask(house, visitor, {})
    const fields = { method: 'password', username: ada.username, password: ada.password }
    const without = await visitor.post(page.url, fields)
    expect([without.status, without.page]).toEqual([403, 'error'])
    const wrong = await visitor.post(page.url, { ...fields, csrf_token: 'x' })
    expect(wrong.status).toBe(403)
    const token = hiddenField(page, 'csrf_token')
    const elsewhere = await visitor.post(
      page.url,
      { ...fields, csrf_token: token },
      { origin: 'https://evil.example' },
    )
    expect(elsewhere.status).toBe(403)
    expect(outcome(await visitor.submit(page, fields))).toBe('code')
  })

  it('of an interaction that is over, or of another browser, is the error page', async () => {
    const { page } = await ask(house, house.visitor(), {})
    const other = await house.visitor().get(page.url)
    expect([other.status, other.page]).toEqual([400, 'error'])
  })
})

describe('signing in', () => {
  it('a wrong password and an unknown user look alike', async () => {
    const shown = []
    for (const username of [ada.username, 'nobody at all']) {
      const visitor = house.visitor()
      const { page } = await ask(house, visitor, {})
      const again = await visitor.submit(page, { username, password: 'not it, sorry' })
      expect([again.status, again.page]).toEqual([422, 'login'])
      shown.push(/role="alert"[\s\S]*?<\/div>/.exec(again.html)?.[0])
    }
    expect(shown[0]).toBe(shown[1])
  })

  it('locks the password after the stated number of attempts, right ones included, for a stated time', async () => {
    const visitor = house.visitor()
    let { page } = await ask(house, visitor, {})
    for (let attempt = 0; attempt < house.document.lockout.attempts; attempt += 1) {
      page = await visitor.submit(page, { username: ada.username, password: 'not it, sorry' })
    }
    expect([page.status, page.page]).toEqual([429, 'locked'])
    const fresh = house.visitor()
    const { page: login } = await ask(house, fresh, {})
    expect((await answerPage(fresh, login, ada)).page).toBe('locked')
    pass(house.document.lockout.durationSeconds)
    const later = house.visitor()
    expect((await journey(house, later, ada)).status).toBe(200)
  })

  it('a disabled account is refused in the words of a wrong password', async () => {
    await house.store.accounts.setDisabled(ada.accountId, true)
    const visitor = house.visitor()
    const { page } = await ask(house, visitor, {})
    const refused = await answerPage(visitor, page, ada)
    expect([refused.status, refused.page]).toEqual([422, 'login'])
  })

  it('ends after too many wrong answers in one interaction, whatever names they were for', async () => {
    const visitor = house.visitor()
    let { page } = await ask(house, visitor, {})
    for (let attempt = 0; attempt < 2 * house.document.lockout.attempts; attempt += 1) {
      expect(page.page).toBe('login')
      page = await visitor.submit(page, { username: `guess${attempt}`, password: 'not it, sorry' })
    }
    expect(outcome(page)).toBe('unmet_authentication_requirements')
  })

  it('another person than the one asked for is refused on the page', async () => {
    const visitor = house.visitor()
    const claims = JSON.stringify({ id_token: { sub: { value: ben.accountId } } })
    const { page } = await ask(house, visitor, { claims })
    const refused = await answerPage(visitor, page, ada)
    expect([refused.status, refused.page]).toEqual([422, 'login'])
    expect(outcome(await answerPage(visitor, refused, ben))).toBe('code')
  })
})

describe('a step-up', () => {
  it('shows a wrong code on its page, and takes the right one after it', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const wrong = await visitor.submit(page, { code: wrongCode(ada) })
    expect([wrong.status, wrong.page, wrong.method]).toEqual([422, 'step-up', 'totp'])
    expect(outcome(await answerPage(visitor, wrong, ada))).toBe('code')
  })

  it('locks the method after too many wrong codes and leaves the session alone', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    let { page } = await ask(house, visitor, { acr_values: 'mfa' })
    for (let attempt = 0; attempt < house.document.lockout.attempts; attempt += 1) {
      page = await visitor.submit(page, { code: wrongCode(ada) })
    }
    expect([page.page, page.method]).toEqual(['locked', 'totp'])
    expect(house.events.at(-1)?.type).toBe('method_locked')
    expect((await ask(house, visitor, { acr_values: 'mfa' })).page.page).toBe('locked')
    expect((await journey(house, visitor, ada)).asked).toEqual([])
  })

  it('does not take the right code of a method that was locked meanwhile', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const { attempts, windowSeconds, durationSeconds } = house.document.lockout
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      await house.store.attempts.fail(accountKey(ada.accountId, 'totp'), now(), {
        attempts,
        windowSeconds,
        lockSeconds: durationSeconds,
      })
    }
    expect((await answerPage(visitor, page, ada)).page).toBe('locked')
    pass(durationSeconds)
    expect((await journey(house, visitor, ada, { acr_values: 'mfa' })).accessToken.acr).toBe('mfa')
  })

  it('cancelled ends in `access_denied` and leaves the session and its level as they were', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const back = await visitor.press(page, 'Cancel')
    expect(back.url.searchParams.get('error')).toBe('access_denied')
    const after = await journey(house, visitor, ada)
    expect([after.asked, after.accessToken.acr]).toEqual([[], 'basic'])
  })

  it('changes the CSRF token with every accepted proof', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa', max_age: '0', prompt: 'login' })
    const afterLogin = await answerPage(visitor, page, ada)
    expect(afterLogin.method).toBe('totp')
    expect(hiddenField(afterLogin, 'csrf_token')).not.toBe(hiddenField(page, 'csrf_token'))
  })

  it('of an account that was disabled meanwhile fails', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    await house.store.accounts.setDisabled(ada.accountId, true)
    expect(outcome(await answerPage(visitor, page, ada))).not.toBe('code')
  })

  it('by a credential that was removed meanwhile fails', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const credentials = await house.store.credentials.forAccount(ada.accountId)
    for (const { id, method } of credentials) {
      if (method === 'totp') await house.store.credentials.remove(id)
    }
    const after = await visitor.submit(page, { code: totpCode(ada.totpKey, now()) })
    expect(after.page).toBe('unreachable')
  })

  it('the same answer sent twice at once is taken once, and both end in a defined state', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const both = await Promise.all([answerPage(visitor, page, ada), answerPage(visitor, page, ada)])
    expect(both.map(({ status }) => status).every((status) => status < 500)).toBe(true)
    expect(both.map(outcome)).toContain('code')
  })
})

describe('two tabs of one browser', () => {
  it('stepping up at once both end with a code, after one proof', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const first = await ask(house, visitor, { acr_values: 'mfa' })
    const second = await ask(house, visitor, { acr_values: 'mfa' })
    expect(first.page.url.pathname).not.toBe(second.page.url.pathname)
    expect(outcome(await answerPage(visitor, first.page, ada))).toBe('code')
    expect(outcome(await answerPage(visitor, second.page, ada))).toBe('code')
  })
})

describe('consent', () => {
  let asking: TestHouse
  beforeAll(async () => {
    asking = await openTestHouse(
      ({ issuer, redirectUri }) => `
issuer: ${issuer}
levels:
  basic: { accepts: [password], lifetime: 12h }
resources:
  - { id: 'https://api.test', name: API, scopes: { accounts: Read accounts } }
clients:
  - { id: web, name: The App, type: spa, consent: required, redirectUris: ['${redirectUri}'], resources: ['https://api.test'], scopes: [openid, accounts] }
`,
    )
  })
  afterAll(async () => asking.close())

  it('is asked once, in the words of the document', async () => {
    const person = await asking.addPerson('ada')
    const visitor = asking.visitor()
    const { page } = await ask(asking, visitor, {})
    const consent = await answerPage(visitor, page, person)
    expect(consent.page).toBe('consent')
    expect(consent.html).toContain('Read accounts')
    expect(outcome(await visitor.press(consent, 'Continue'))).toBe('code')
    expect(outcome((await ask(asking, visitor, {})).page)).toBe('code')
  })

  it('refused ends in `access_denied`', async () => {
    const person = await asking.addPerson('ben')
    const visitor = asking.visitor()
    const { page } = await ask(asking, visitor, {})
    const back = await visitor.press(await answerPage(visitor, page, person), 'Cancel')
    expect(outcome(back)).toBe('access_denied')
  })
})

describe('setting up an authenticator during a step-up', () => {
  /** Ben, who has a password alone, at the page with the QR code. */
  async function atTotp(of: TestHouse, person: TestPerson, signedInBefore: boolean) {
    const visitor = of.visitor()
    if (signedInBefore) {
      await journey(of, visitor, person)
      pass(60)
    }
    const { page } = await ask(of, visitor, { acr_values: 'mfa' })
    let current = page.page === 'login' ? await answerPage(visitor, page, person) : page
    expect(current.page).toBe('unreachable')
    current = await visitor.submit(current, { method: 'totp' })
    const askedAgain = current.page === 'step-up'
    if (askedAgain) current = await answerPage(visitor, current, person)
    expect(current.page).toBe('enrol')
    const key = /<p class="key">\s*<code>([^<]*)<\/code>/.exec(current.html)?.[1] ?? ''
    return { visitor, page: current, askedAgain, totpKey: key.replaceAll(' ', '') }
  }

  it('takes a fresh proof of what the person has', async () => {
    expect((await atTotp(house, ben, true)).askedAgain).toBe(true)
  })

  it('does not ask again for what was proved for this very request', async () => {
    expect((await atTotp(house, ben, false)).askedAgain).toBe(false)
  })

  it('does not by itself satisfy the step-up, which succeeds on the next try', async () => {
    const { visitor, page, totpKey } = await atTotp(house, ben, true)
    const done = await visitor.submit(page, { code: totpCode(totpKey, now()) })
    expect(done.page).toBe('enrolled')
    expect((await visitor.get(done.url)).page).toBe('enrolled')
    const back = await visitor.press(done, 'Continue')
    expect(outcome(back)).toBe('unmet_authentication_requirements')
    pass(30)
    const again = await journey(house, visitor, { ...ben, totpKey }, { acr_values: 'mfa' })
    expect([again.asked, again.accessToken.acr]).toEqual([['step-up:totp'], 'mfa'])
  })

  it('keeps the key after a wrong first code', async () => {
    const { visitor, page, totpKey } = await atTotp(house, ben, true)
    const wrong = await visitor.submit(page, { code: wrongCode({ ...ben, totpKey }) })
    expect([wrong.status, wrong.page]).toEqual([422, 'enrol'])
    const done = await visitor.submit(wrong, { code: totpCode(totpKey, now()) })
    expect(done.page).toBe('enrolled')
  })

  it('satisfies the step-up where policy says so', async () => {
    const person = await counting.addPerson(`cid${people}`)
    const { visitor, page, totpKey } = await atTotp(counting, person, true)
    const done = await visitor.submit(page, { code: totpCode(totpKey, now()) })
    expect(outcome(done)).toBe('code')
  })

  it('given up leads back with the standard error', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ben)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const back = await visitor.press(page, 'Back to web')
    expect(outcome(back)).toBe('unmet_authentication_requirements')
  })
})

describe('a whole journey', () => {
  it('of login and step-up in one request is observed in order', async () => {
    const seen = house.events.length
    const visitor = house.visitor()
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const { asked } = await answerPages(visitor, page, ada)
    expect(asked).toEqual(['login:password', 'step-up:totp'])
    const events = house.events.slice(seen)
    expect(events.map(({ type }) => type)).toEqual([
      'proof_asked',
      'proof_accepted',
      'signed_in',
      'step_up_required',
      'proof_asked',
      'proof_accepted',
      'authenticated',
    ])
    expect(new Set(events.map(({ request }) => request)).size).toBe(1)
  })
})
