import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type TestHouse,
  type TestPerson,
  type VisitedPage,
  type Visitor,
  answerPage,
  authorizationRequest,
  formsOf,
  redeem,
  totpCode,
} from '@newel/testing/house'
import { artifactAdapter } from '../src/provider/artifact-adapter.ts'
import { crowdAroundStepUp, unharmed } from './crowd-around-step-up.ts'
import { holdClock } from './hold-clock.ts'
import {
  ask,
  csrfToken,
  forgetAttempts,
  journey,
  now,
  openStepUpHouse,
  outcome,
  pass,
  signedIn,
} from './step-up-house.ts'

let house: TestHouse
let ada: TestPerson
let ben: TestPerson

beforeAll(async () => {
  house = await openStepUpHouse({ enrolment: 'enrolment: { duringStepUp: true }' })
})
afterAll(async () => house.close())

holdClock()
let people = 0
beforeEach(async () => {
  await forgetAttempts(house)
  people += 1
  ada = await house.addPerson(`ada${people}`, { totp: true })
  ben = await house.addPerson(`ben${people}`)
})

/** Where the library takes the browser back to the authorization request, answered or not. */
function resumption(page: VisitedPage): URL {
  return new URL(`/authorize/${page.url.pathname.split('/')[2] ?? ''}`, house.issuer)
}

/** A browser with the same cookies. */
function stolenFrom(visitor: Visitor): Visitor {
  const thief = house.visitor()
  for (const [name, cookie] of visitor.cookies) thief.cookies.set(name, cookie)
  return thief
}

async function setUpTotp(visitor: Visitor, person: TestPerson, page: VisitedPage) {
  let current = await visitor.submit(page, { method: 'totp' })
  while (current.page === 'step-up') current = await answerPage(visitor, current, person)
  const key = /<p class="key">\s*<code>([^<]*)<\/code>/.exec(current.html)?.[1] ?? ''
  const totpKey = key.replaceAll(' ', '')
  const done = await visitor.submit(current, { code: totpCode(totpKey, now()) })
  expect(done.page).toBe('enrolled')
  return { done, person: { ...person, totpKey } }
}

describe('going back to the request without an answer', () => {
  it('does not let what was set up in it satisfy it', async () => {
    const visitor = await signedIn(house, ben)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const { done, person } = await setUpTotp(visitor, ben, page)
    pass(30)
    const again = await visitor.get(resumption(done))
    expect(again.url.pathname).not.toBe(done.url.pathname)
    expect(again.page).toBe('enrolled')
    const forced = await visitor.post(`${again.url.pathname}?method=totp`, {
      csrf_token: csrfToken(again),
      method: 'totp',
      code: totpCode(person.totpKey, now()),
    })
    expect(outcome(forced)).toBe('unmet_authentication_requirements')
    // A request made afterwards is another matter.
    const next = await journey(house, visitor, person, { acr_values: 'mfa' })
    expect(next.accessToken.acr).toBe('mfa')
  })

  it('does not let what was set up in it satisfy it after a cancel either', async () => {
    const visitor = await signedIn(house, ben)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const { done } = await setUpTotp(visitor, ben, page)
    const cancelled = await visitor.post(`${done.url.pathname}/cancel`, {
      csrf_token: csrfToken(done),
    })
    expect(outcome(cancelled)).toBe('access_denied')
    expect((await visitor.get(resumption(done))).page).toBe('error')
  })

  it('does not forget the wrong answers of the request', async () => {
    const visitor = house.visitor()
    let { page } = await ask(house, visitor, {})
    const limit = 2 * house.document.lockout.attempts
    for (let attempt = 0; attempt < limit - 1; attempt += 1) {
      page = await visitor.submit(page, {
        username: `guess${people}x${attempt}`,
        password: 'no no',
      })
    }
    page = await visitor.get(resumption(page))
    expect(page.page).toBe('login')
    page = await visitor.submit(page, { username: `guess${people}`, password: 'no no' })
    expect(outcome(page)).toBe('unmet_authentication_requirements')
  })

  it('gives nothing: the level is asked again', async () => {
    const visitor = await signedIn(house, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const again = await visitor.get(resumption(page))
    expect([again.page, again.method]).toEqual(['step-up', 'totp'])
  })
})

describe('coming back from the pages', () => {
  it('twice at once gives one code for one proof of `max_age=0`', async () => {
    const visitor = await signedIn(house, ada)
    const { page } = await ask(house, visitor, { max_age: '0' })
    const back = await visitor.submitAndStay(page, { password: ada.password })
    const ends = await Promise.all(Array.from({ length: 6 }, async () => visitor.get(back)))
    expect(ends.map(outcome).filter((end) => end === 'code')).toHaveLength(1)
    expect(ends.map(({ status }) => status).every((status) => status < 500)).toBe(true)
  })

  it('is done once by the store, on however many nodes at once', async () => {
    const interactions = artifactAdapter(house.store.artifacts, now)('Interaction')
    await interactions.upsert('once', { jti: 'once', kind: 'Interaction' }, 60)
    await interactions.destroy('once')
    await expect(interactions.destroy('once')).rejects.toThrow('invalid_request')
  })

  it('in another browser fails, though the address is known', async () => {
    const visitor = await signedIn(house, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const back = await visitor.submitAndStay(page, { code: totpCode(ada.totpKey, now()) })
    expect((await house.visitor().get(back)).page).toBe('error')
    const other = await signedIn(house, ben)
    expect((await other.get(back)).page).toBe('error')
    expect(outcome(await visitor.get(back))).toBe('code')
  })

  it('after the credential was removed does not count its proof', async () => {
    const visitor = await signedIn(house, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const back = await visitor.submitAndStay(page, { code: totpCode(ada.totpKey, now()) })
    for (const { id, method } of await house.store.credentials.forAccount(ada.accountId)) {
      if (method === 'totp') await house.store.credentials.remove(id)
    }
    expect(outcome(await visitor.get(back))).toBe('unmet_authentication_requirements')
  })

  it('after the account was disabled gives no code', async () => {
    const visitor = await signedIn(house, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const back = await visitor.submitAndStay(page, { code: totpCode(ada.totpKey, now()) })
    await house.store.accounts.setDisabled(ada.accountId, true)
    const end = await visitor.get(back)
    expect(outcome(end)).not.toBe('code')
    expect(end.status).toBeLessThan(500)
  })

  it('after the session ended fails', async () => {
    const visitor = await signedIn(house, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const confirm = await visitor.get('/logout')
    await visitor.post('/logout/confirm', { ...formsOf(confirm)[0]?.fields, logout: 'yes' })
    const onward = await visitor.submitAndStay(page, { code: totpCode(ada.totpKey, now()) })
    const end = await visitor.get(onward)
    expect(end.page).toBe('error')
  })
})

describe('a form', () => {
  it('of one step-up does not answer another', async () => {
    const visitor = await signedIn(house, ada)
    const first = await ask(house, visitor, { acr_values: 'mfa' })
    const second = await ask(house, visitor, { acr_values: 'mfa' })
    const crossed = await visitor.post(second.page.url, {
      csrf_token: csrfToken(first.page),
      method: 'totp',
      code: totpCode(ada.totpKey, now()),
    })
    expect([crossed.status, crossed.page]).toEqual([403, 'error'])
    expect(outcome(await answerPage(visitor, second.page, ada))).toBe('code')
  })

  it('of before a rise is refused after it', async () => {
    const visitor = await signedIn(house, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa', prompt: 'login' })
    const login = await answerPage(visitor, page, ada)
    const choose = csrfToken(login)
    await visitor.submitAndStay(login, { code: totpCode(ada.totpKey, now()) })
    const old = await visitor.post(`${login.url.pathname}/cancel`, { csrf_token: choose })
    expect([old.status, old.page]).toEqual([403, 'error'])
  })

  it('of a foreign origin is refused at every step', async () => {
    const visitor = await signedIn(house, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    for (const step of ['', '/choose', '/cancel', '/give-up', '/enrol', '/enrol/answer']) {
      for (const origin of ['https://evil.example', 'null']) {
        const sent = await visitor.post(
          `${page.url.pathname}${step}`,
          { csrf_token: csrfToken(page), method: 'totp', code: totpCode(ada.totpKey, now()) },
          { origin },
        )
        expect([step, origin, sent.status]).toEqual([step, origin, 403])
      }
      const bare = await visitor.post(`${page.url.pathname}${step}`, { method: 'totp' })
      expect([step, bare.status]).toEqual([step, 403])
    }
    expect(outcome(await answerPage(visitor, page, ada))).toBe('code')
  })

  it.each([
    '__proto__',
    'constructor',
    'hasOwnProperty',
    '',
    'passkey',
    'recovery-code',
    'email-code',
  ])('that answers with the method `%s` gives nothing', async (method) => {
    const visitor = await signedIn(house, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const sent = await visitor.post(`${page.url.pathname}?method=${method}`, {
      csrf_token: csrfToken(page),
      method,
      code: '000000',
      webauthn_response: '{"__proto__":{"ok":true}}',
    })
    expect(sent.status).toBeLessThan(500)
    expect(outcome(sent)).not.toBe('code')
  })

  it('that names the method asked before does not skip the one asked now', async () => {
    const visitor = house.visitor()
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const stepUp = await answerPage(visitor, page, ada)
    const sent = await visitor.post(`${stepUp.url.pathname}?method=password`, {
      csrf_token: csrfToken(stepUp),
      method: 'password',
      password: ada.password,
    })
    expect([sent.page, sent.method]).toEqual(['step-up', 'totp'])
  })
})

describe('a session', () => {
  it('planted before sign-in is not the one signed in (session fixation)', async () => {
    const victim = house.visitor()
    const { page } = await ask(house, victim, {})
    const thief = stolenFrom(victim)
    expect(outcome(await answerPage(victim, page, ada))).toBe('code')
    expect((await ask(house, thief, { prompt: 'none' })).page.url.searchParams.get('error')).toBe(
      'login_required',
    )
  })

  it('cookie of before the rise does not carry the risen level', async () => {
    const victim = await signedIn(house, ada)
    const thief = stolenFrom(victim)
    await journey(house, victim, ada, { acr_values: 'mfa' })
    const stolen = await ask(house, thief, { prompt: 'none', acr_values: 'mfa' })
    expect(outcome(stolen.page)).toBe('login_required')
  })

  it.each([1, 2, 3])('outlives its rise with twenty requests on their way (%i)', async () => {
    expect(await crowdAroundStepUp(house, ada)).toMatchObject(unharmed)
  })

  it('whose id was changed just now sends the request again, without a cookie, five times and no more', async () => {
    const victim = await signedIn(house, ada)
    const thief = stolenFrom(victim)
    await journey(house, victim, ada, { acr_values: 'mfa' })
    const before = new Map(thief.cookies)
    let address = authorizationRequest(house, { client_id: 'web', prompt: 'none' }).url
    for (let times = 1; times <= 5; times += 1) {
      address = await thief.redirectOf(address)
      expect(address.pathname).toBe('/authorize')
      expect(address.searchParams.getAll('newel_again')).toEqual([`${times}`])
    }
    const end = await thief.redirectOf(address)
    expect(end.searchParams.get('error')).toBe('login_required')
    expect(thief.cookies).toEqual(before)
  })

  it('that was ended is not written back by a request on its way', async () => {
    const visitor = await signedIn(house, ada)
    const adapter = artifactAdapter(house.store.artifacts, now)('Session')
    const id = visitor.cookies.get('newel-session /')?.value ?? ''
    const session = await adapter.find(id)
    await adapter.destroy(id)
    await expect(adapter.upsert(id, session ?? {}, 600)).rejects.toMatchObject({
      code: 'session_id_ended',
    })
    expect(outcome((await ask(house, visitor, { prompt: 'none' })).page)).toBe('login_required')
  })
})

describe('two tabs stepping up at once', () => {
  it('both end with the code of their own request', async () => {
    const visitor = await signedIn(house, ada)
    const first = await ask(house, visitor, { acr_values: 'mfa' })
    const second = await ask(house, visitor, { acr_values: 'mfa', client_id: 'second' })
    const code = totpCode(ada.totpKey, now())
    const ends = await Promise.all(
      [first, second].map(async ({ page }) => visitor.submit(page, { code })),
    )
    // The same code twice: one of them has to find that the session holds the level by now.
    for (const [index, { attempt }] of [first, second].entries()) {
      const end = ends[index] ?? first.page
      const settled = end.page === 'step-up' ? await visitor.get(end.url) : end
      expect(outcome(settled)).toBe('code')
      expect(settled.url.searchParams.get('state')).toBe(attempt.state)
    }
  })

  it('get tokens for both codes, and one session', async () => {
    const visitor = await signedIn(house, ada)
    const first = await ask(house, visitor, { acr_values: 'mfa' })
    const second = await ask(house, visitor, { max_age: '0', client_id: 'second' })
    const code = totpCode(ada.totpKey, now())
    const [one, two] = await Promise.all([
      visitor.submit(first.page, { code }),
      visitor.submit(second.page, { password: ada.password }),
    ])
    const tokens = await Promise.all([
      redeem(house, 'web', first.attempt, one),
      redeem(house, 'second', second.attempt, two),
    ])
    expect(tokens.map(({ accessToken }) => accessToken.acr)).toEqual(['mfa', 'basic'])
    expect(outcome((await ask(house, visitor, { prompt: 'none' })).page)).toBe('code')
  })

  it('for `max_age=0` each take a proof of their own', async () => {
    const visitor = await signedIn(house, ada)
    const first = await ask(house, visitor, { max_age: '0' })
    const second = await ask(house, visitor, { max_age: '0' })
    expect(outcome(await answerPage(visitor, first.page, ada))).toBe('code')
    const reopened = await visitor.get(second.page.url)
    expect([reopened.page, reopened.method]).toEqual(['step-up', 'password'])
  })
})
