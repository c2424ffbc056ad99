import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type TestHouse,
  type TestPerson,
  type VisitedPage,
  answerPage,
  redeem,
  requestTokens,
  totpCode,
} from '@newel/testing/house'
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
  wrongCodes,
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

describe('one-time codes', () => {
  it('are accepted once, in whatever session or interaction (RFC 6238 §5.2)', async () => {
    const visitor = await signedIn(house, ada)
    await journey(house, visitor, ada, { acr_values: 'mfa' })
    const elsewhere = await signedIn(house, ada)
    const { page } = await ask(house, elsewhere, { acr_values: 'mfa' })
    const replayed = await answerPage(elsewhere, page, ada)
    expect([replayed.status, replayed.page]).toEqual([422, 'step-up'])
    expect(house.events.at(-2)).toMatchObject({ type: 'proof_refused', reason: 'replayed' })
    pass(30)
    expect(outcome(await answerPage(elsewhere, replayed, ada))).toBe('code')
  })

  it('sent at once from two sessions are accepted in one of them', async () => {
    const visitors = [
      await signedIn(house, ada),
      await signedIn(house, ada),
      await signedIn(house, ada),
    ]
    const ends = await Promise.all(
      visitors.map(async (visitor) => {
        const { page } = await ask(house, visitor, { acr_values: 'mfa' })
        return answerPage(visitor, page, ada)
      }),
    )
    expect(ends.map(outcome).filter((end) => end === 'code')).toHaveLength(1)
  })

  it('guessed in parallel are judged no oftener than the lock allows', async () => {
    const visitor = await signedIn(house, ada)
    const other = await signedIn(house, ada)
    const pages = [
      [visitor, (await ask(house, visitor, { acr_values: 'mfa' })).page],
      [other, (await ask(house, other, { acr_values: 'mfa' })).page],
    ] as const
    const before = house.events.length
    const guesses = wrongCodes(ada, 24)
    const ends = await Promise.all(
      guesses.map(async (code, index) => {
        const [who, page] = pages[index % 2] ?? pages[0]
        return who.submit(page, { code })
      }),
    )
    const judged = house.events.slice(before).filter(({ type }) => type === 'proof_refused')
    expect(judged).toHaveLength(house.document.lockout.attempts)
    expect(ends.every(({ status }) => status < 500)).toBe(true)
    // Locked for the right code too, with the time shown; the session goes on.
    const locked = await visitor.get(pages[0][1].url)
    expect([locked.page, locked.method]).toEqual(['locked', 'totp'])
    expect(locked.html).toMatch(/<time[^>]*datetime="[^"]+"/)
    const refused = await other.post(pages[1][1].url, {
      csrf_token: csrfToken(pages[1][1]),
      method: 'totp',
      code: totpCode(ada.totpKey, now()),
    })
    expect(refused.page).toBe('locked')
    expect((await journey(house, visitor, ada)).asked).toEqual([])
  })
})

describe('passwords', () => {
  it('guessed in parallel are judged no oftener than the lock allows', async () => {
    const before = house.events.length
    await Promise.all(
      Array.from({ length: 16 }, async (_, index) => {
        const visitor = house.visitor()
        const { page } = await ask(house, visitor, {})
        return visitor.submit(page, { username: ada.username, password: `guess ${index}` })
      }),
    )
    const judged = house.events
      .slice(before)
      .filter((event) => event.type === 'proof_refused' && event.reason === 'wrong')
    expect(judged.length).toBeLessThanOrEqual(house.document.lockout.attempts)
  })

  it('of unknown, known and disabled users fail alike, up to and into the lock', async () => {
    await house.store.accounts.setDisabled(ben.accountId, true)
    const courses = []
    for (const username of [ada.username, ben.username, `nobody${people}`]) {
      const course: unknown[] = []
      const visitor = house.visitor()
      let { page } = await ask(house, visitor, {})
      for (let attempt = 0; attempt < 2 * house.document.lockout.attempts - 1; attempt += 1) {
        if (page.page !== 'login') page = (await ask(house, visitor, {})).page
        page = await visitor.submit(page, { username, password: 'not the password' })
        course.push([page.status, page.page, plainTextOf(page, username)])
      }
      courses.push(course)
      await forgetAttempts(house)
    }
    expect(courses[1]).toEqual(courses[0])
    expect(courses[2]).toEqual(courses[0])
  })
})

/** What the page says, without the name that was typed. */
function plainTextOf({ html }: VisitedPage, username: string): string {
  return html
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(username, 'NAME')
    .replaceAll(/\s+/g, ' ')
}

describe('another person', () => {
  it('who signs in at `prompt=login` starts clean and gets nothing of the first', async () => {
    const visitor = await signedIn(house, ada)
    await journey(house, visitor, ada, { acr_values: 'mfa' })
    const { page, attempt } = await ask(house, visitor, { prompt: 'login', acr_values: 'mfa' })
    let current = await answerPage(visitor, page, ben)
    // The library ends the session of the first person by a form that submits itself.
    if (current.page === undefined && current.status === 200) {
      expect(current.headers.get('content-security-policy')).toMatch(/script-src 'self' 'sha256-/)
      current = await visitor.submit(current, {})
    }
    expect(current.page).toBe('unreachable')
    const gaveUp = await visitor.press(current, 'Back to web')
    expect(outcome(gaveUp)).toBe('unmet_authentication_requirements')
    expect(gaveUp.url.searchParams.get('state')).toBe(attempt.state)
    const next = await journey(house, visitor, ben)
    expect(next.accessToken).toMatchObject({ sub: ben.accountId, acr: 'basic' })
  })

  it('who signs in in another tab ends the step-up of the first without a code', async () => {
    const visitor = await signedIn(house, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const login = await ask(house, visitor, { prompt: 'login' })
    const switching = await answerPage(visitor, login.page, ben)
    expect(outcome(await visitor.submit(switching, {}))).toBe('code')
    const late = await visitor.submit(page, { code: totpCode(ada.totpKey, now()) })
    expect([late.status, late.page]).toEqual([400, 'error'])
    const { accessToken } = await journey(house, visitor, ben)
    expect(accessToken).toMatchObject({ sub: ben.accountId, acr: 'basic' })
  })

  it('cannot get around a lock by another spelling of the name', async () => {
    const spellings = [
      ada.username,
      ` ${ada.username.toUpperCase()}`,
      `ａ${ada.username.slice(1)} `,
    ]
    const visitor = house.visitor()
    let { page } = await ask(house, visitor, {})
    for (let attempt = 0; attempt < house.document.lockout.attempts; attempt += 1) {
      const username = spellings[attempt % spellings.length] ?? ''
      page = await visitor.submit(page, { username, password: 'not the password' })
    }
    expect([page.status, page.page]).toEqual([429, 'locked'])
  })

  it('than the one of `id_token_hint` is not taken, and the first session stays', async () => {
    const hint = String((await journey(house, house.visitor(), ben)).raw.id_token)
    const visitor = await signedIn(house, ada)
    expect(outcome((await ask(house, visitor, { prompt: 'none', id_token_hint: hint })).page)).toBe(
      'login_required',
    )
    const { page } = await ask(house, visitor, { id_token_hint: hint })
    expect(page.page).toBe('login')
    const refused = await answerPage(visitor, page, ada)
    expect([refused.status, refused.page]).toEqual([422, 'login'])
    expect((await journey(house, visitor, ada)).accessToken.sub).toBe(ada.accountId)
  })

  it('than the `sub` of `claims` is not taken, and the page does not tell whose it is', async () => {
    const claims = JSON.stringify({ id_token: { sub: { value: ben.accountId } } })
    const visitor = await signedIn(house, ada)
    expect(outcome((await ask(house, visitor, { prompt: 'none', claims })).page)).toBe(
      'login_required',
    )
    const { page } = await ask(house, visitor, { claims })
    expect(page.page).toBe('login')
    expect(page.html).not.toContain(ben.username)
    expect((await answerPage(visitor, page, ada)).status).toBe(422)
  })

  it('does not lend a session by a hint of a token that somebody else signed', async () => {
    const hint = String((await journey(house, house.visitor(), ben)).raw.id_token)
    const [header, , signature] = hint.split('.')
    const payload = Buffer.from(JSON.stringify({ sub: ada.accountId })).toString('base64url')
    const { page } = await ask(house, house.visitor(), {
      id_token_hint: `${header}.${payload}.${signature}`,
    })
    expect(outcome(page)).toBe('invalid_request')
  })
})

describe('setting up an authenticator', () => {
  it('takes a fresh proof: none that the session remembers, and none that is claimed', async () => {
    const visitor = await signedIn(house, ben)
    pass(60)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const chosen = await visitor.submit(page, { method: 'totp' })
    expect([chosen.page, chosen.method]).toEqual(['step-up', 'password'])
    const skipped = await visitor.post(`${page.url.pathname}/enrol/answer`, {
      csrf_token: csrfToken(chosen),
      method: 'totp',
      code: '000000',
    })
    expect([skipped.page, skipped.method]).toEqual(['step-up', 'password'])
    expect(await house.store.credentials.forAccount(ben.accountId)).toHaveLength(1)
  })

  it('takes the strongest proof that the person has, not the one that is easier', async () => {
    const visitor = await signedIn(house, ada)
    pass(60)
    const { page } = await ask(house, visitor, { acr_values: 'phr' })
    expect(page.page).toBe('unreachable')
    let current = await visitor.submit(page, { method: 'passkey' })
    const asked = []
    while (current.page === 'step-up') {
      asked.push(current.method)
      current = await answerPage(visitor, current, ada)
    }
    expect(asked).toContain('totp')
    expect(current.page).toBe('enrol')
  })

  it('is not offered where what is there already would do', async () => {
    const visitor = await signedIn(house, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const chosen = await visitor.post(`${page.url.pathname}/enrol`, {
      csrf_token: csrfToken(page),
      method: 'totp',
    })
    expect([chosen.page, chosen.method]).toEqual(['step-up', 'totp'])
  })
})

describe('tokens', () => {
  it('a refresh token is not taken from another client', async () => {
    const { raw } = await journey(house, house.visitor(), ada)
    const refreshed = await requestTokens(house, {
      grant_type: 'refresh_token',
      client_id: 'second',
      refresh_token: String(raw.refresh_token),
    })
    expect([refreshed.status, refreshed.raw.error]).toEqual([400, 'invalid_grant'])
  })

  it('a refresh does not widen the scope', async () => {
    const first = await journey(house, house.visitor(), ada, { scope: 'openid' })
    const refreshed = await requestTokens(house, {
      grant_type: 'refresh_token',
      client_id: 'web',
      refresh_token: String(first.raw.refresh_token),
      scope: 'openid accounts',
    })
    expect(refreshed.status).toBe(400)
    expect(refreshed.raw.error).toBe('invalid_scope')
  })

  it('a refresh does not turn to a resource that was not granted', async () => {
    const first = await journey(house, house.visitor(), ada)
    const refreshed = await requestTokens(house, {
      grant_type: 'refresh_token',
      client_id: 'web',
      refresh_token: String(first.raw.refresh_token),
      resource: 'https://other.test',
    })
    expect([refreshed.status, refreshed.raw.error]).toEqual([400, 'invalid_target'])
  })

  it('a code does not survive a wrong verifier, and is bound to its redirect URI', async () => {
    const visitor = await signedIn(house, ada)
    const { page, attempt } = await ask(house, visitor, {})
    const wrong = await redeem(house, 'web', { ...attempt, verifier: 'x'.repeat(43) }, page)
    expect(wrong.raw.error).toBe('invalid_grant')
  })

  it('a machine gets no token here, and so none with a level', async () => {
    const answered = await requestTokens(house, {
      grant_type: 'client_credentials',
      client_id: 'api',
      client_secret: 'api-secret-api-secret-api-secret-1',
      scope: 'accounts',
    })
    expect(answered.status).toBeGreaterThanOrEqual(400)
    expect(answered.raw.access_token).toBeUndefined()
  })

  it('`acr`, `amr` and `auth_time` are not overwritten by `claims` of a request', async () => {
    const claims = JSON.stringify({
      id_token: { acr: { value: 'phr' }, amr: { values: ['hwk'] }, auth_time: { value: 1 } },
    })
    const tokens = await journey(house, house.visitor(), ada, { claims, acr_values: 'basic' })
    expect(tokens.idToken).toMatchObject({ acr: 'basic', amr: ['pwd'], auth_time: now() })
    expect(tokens.accessToken).toMatchObject({ acr: 'basic', amr: ['pwd'], auth_time: now() })
  })
})
