import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type TestHouse, type TestPerson, answerPages, totpCode } from '@newel/testing/house'
import { holdClock } from './hold-clock.ts'
import { ask, journey, now, openStepUpHouse, outcome, pass } from './step-up-house.ts'

let house: TestHouse
let ada: TestPerson
let ben: TestPerson

beforeAll(async () => {
  house = await openStepUpHouse()
})
afterAll(async () => {
  await house.close()
})

holdClock()
let people = 0
beforeEach(async () => {
  people += 1
  ada = await house.addPerson(`ada${people}`, { totp: true })
  ben = await house.addPerson(`ben${people}`)
})

describe('levels asked by `acr_values`', () => {
  it('a step-up in the live session asks only for the missing proof', async () => {
    const visitor = house.visitor()
    const login = await journey(house, visitor, ada)
    expect(login.asked).toEqual(['login:password'])
    expect(login.accessToken).toMatchObject({ acr: 'basic', amr: ['pwd'], auth_time: now() })
    pass(60)
    const stepUp = await journey(house, visitor, ada, { acr_values: 'mfa' })
    expect(stepUp.asked).toEqual(['step-up:totp'])
    expect(stepUp.accessToken).toMatchObject({
      acr: 'mfa',
      amr: ['pwd', 'otp', 'mfa'],
      auth_time: now(),
    })
  })

  it('a level that is still held is given without a page', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada, { acr_values: 'mfa' })
    pass(14 * 60)
    const again = await journey(house, visitor, ada, { acr_values: 'mfa' })
    expect(again.asked).toEqual([])
    expect(again.accessToken).toMatchObject({ acr: 'mfa', auth_time: now() - 14 * 60 })
  })

  it('several values are tried in order and exactly one achieved value is in the token (RFC 9470 §5)', async () => {
    const visitor = house.visitor()
    const stepUp = await journey(house, visitor, ada, { acr_values: 'phr mfa basic' })
    // The login holds `basic`, which is among those asked; a held one wins without a further prompt.
    expect(stepUp.accessToken.acr).toBe('basic')
    const next = await journey(house, house.visitor(), ada, { acr_values: 'phr mfa' })
    expect(next.asked).toEqual(['login:password', 'step-up:totp'])
    expect(next.accessToken.acr).toBe('mfa')
  })

  it('only unknown values fail before any prompt', async () => {
    const { page, attempt } = await ask(house, house.visitor(), { acr_values: 'gold platinum' })
    expect(outcome(page)).toBe('unmet_authentication_requirements')
    expect(page.url.searchParams.get('state')).toBe(attempt.state)
    expect(page.url.searchParams.get('iss')).toBe(house.issuer)
  })

  it('unknown values among known ones are skipped', async () => {
    const stepUp = await journey(house, house.visitor(), ada, { acr_values: 'gold mfa' })
    expect(stepUp.accessToken.acr).toBe('mfa')
  })

  it('with none requested the token names the client default', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada, { acr_values: 'mfa' })
    expect((await journey(house, visitor, ada)).accessToken.acr).toBe('basic')
  })

  it('with none requested and no default the token names the strongest level held', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada, { acr_values: 'mfa' })
    const plain = await journey(house, visitor, ada, {
      client_id: 'plain',
      resource: '',
      scope: 'openid',
    })
    expect(plain.idToken.acr).toBe('mfa')
  })
})

describe('the client minimum and essential levels', () => {
  it('a lower `acr_values` is raised to the minimum', async () => {
    const visitor = house.visitor()
    const raised = await journey(house, visitor, ada, {
      client_id: 'guarded',
      acr_values: 'basic',
      resource: '',
      scope: 'openid',
    })
    expect(raised.asked).toEqual(['login:password', 'step-up:totp'])
    expect(raised.idToken.acr).toBe('mfa')
  })

  it('a lower essential acr is refused with `unmet_authentication_requirements`', async () => {
    const { page } = await ask(house, house.visitor(), {
      client_id: 'guarded',
      claims: essential('basic'),
      resource: '',
      scope: 'openid',
    })
    expect(outcome(page)).toBe('unmet_authentication_requirements')
  })

  it('an essential acr is met by exactly what it names', async () => {
    const stepUp = await journey(house, house.visitor(), ada, { claims: essential('mfa') })
    expect(stepUp.idToken.acr).toBe('mfa')
  })

  it('a stronger session is neither prompted nor lowered by an essential lower acr', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada, { acr_values: 'mfa' })
    const lower = await journey(house, visitor, ada, { claims: essential('basic') })
    expect(lower.asked).toEqual([])
    expect((await journey(house, visitor, ada, { acr_values: 'mfa' })).asked).toEqual([])
  })

  it('a voluntary client gets what is held where the level cannot be reached', async () => {
    const visitor = house.visitor()
    const page = await ask(house, visitor, {
      client_id: 'easy',
      acr_values: 'gold',
      resource: '',
      scope: 'openid',
    })
    const answered = await answerPages(visitor, page.page, ben)
    expect(outcome(answered.page)).toBe('code')
  })
})

describe('freshness asked by `max_age`', () => {
  it('`max_age=0` forces one fresh proof and does not loop', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const fresh = await journey(house, visitor, ada, { max_age: '0' })
    expect(fresh.asked).toEqual(['step-up:password'])
    expect(fresh.accessToken).toMatchObject({ acr: 'basic', newel_one_shot: true })
    expect(Number(fresh.accessToken.exp) - now()).toBe(60)
    // The next one asks again, though the last proof is of this very second.
    expect((await journey(house, visitor, ada, { max_age: '0' })).asked).toEqual([
      'step-up:password',
    ])
  })

  it('`max_age=0` at a level asks for the proofs that carry its time, not for the rest', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada, { acr_values: 'mfa' })
    pass(60)
    const fresh = await journey(house, visitor, ada, { acr_values: 'mfa', max_age: '0' })
    expect(fresh.asked).toEqual(['step-up:totp'])
    expect(fresh.accessToken).toMatchObject({ acr: 'mfa', auth_time: now() })
  })

  it('`max_age` and `acr_values` are met by the same level: a new password does not refresh an old second factor', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada, { acr_values: 'mfa' })
    pass(300)
    const password = await journey(house, visitor, ada, { acr_values: 'basic', prompt: 'login' })
    expect(password.asked).toEqual(['login:password'])
    const stepUp = await journey(house, visitor, ada, { acr_values: 'mfa', max_age: '120' })
    expect(stepUp.asked).toEqual(['step-up:totp'])
  })

  it('exactly `max_age` old is fresh, one second more is not (OIDC Core §3.1.2.1)', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    pass(100)
    expect((await journey(house, visitor, ada, { max_age: '100' })).asked).toEqual([])
    pass(1)
    expect((await journey(house, visitor, ada, { max_age: '100' })).asked).toEqual([
      'step-up:password',
    ])
  })

  it('the ID token always has `auth_time` where `max_age` was asked', async () => {
    const visitor = house.visitor()
    const tokens = await journey(house, visitor, ada, { max_age: '1000' })
    expect(tokens.idToken.auth_time).toBe(now())
  })

  it.each(['-1', '1.5', '1e3', '0x10', 'soon', '', ' 5', '99999999999999999999'])(
    'a `max_age` of `%s` is refused, never ignored',
    async (maxAge) => {
      const visitor = house.visitor()
      await journey(house, visitor, ada)
      const { page, attempt } = await ask(house, visitor, { max_age: maxAge })
      expect(outcome(page)).toBe('invalid_request')
      expect(page.url.searchParams.get('state')).toBe(attempt.state)
    },
  )

  it('the private parameter that carries `max_age=0` cannot be set from outside', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const tokens = await journey(house, visitor, ada, { newel_max_age: '0' })
    expect(tokens.asked).toEqual([])
    expect(tokens.accessToken.newel_one_shot).toBeUndefined()
  })

  it('a client cannot mark its own token as one-shot through `claims`', async () => {
    const visitor = house.visitor()
    const claims = JSON.stringify({ id_token: { newel_one_shot: { value: true } } })
    const tokens = await journey(house, visitor, ada, { claims })
    expect(tokens.accessToken.newel_one_shot).toBeUndefined()
  })
})

describe('`prompt`', () => {
  it('`prompt=none` without a session is `login_required` and shows no page', async () => {
    expect(outcome((await ask(house, house.visitor(), { prompt: 'none' })).page)).toBe(
      'login_required',
    )
  })

  it('`prompt=none` with an unmet level or age is `interaction_required` and shows no page', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    pass(60)
    expect(outcome((await ask(house, visitor, { prompt: 'none', acr_values: 'mfa' })).page)).toBe(
      'interaction_required',
    )
    expect(outcome((await ask(house, visitor, { prompt: 'none', max_age: '30' })).page)).toBe(
      'interaction_required',
    )
  })

  it('`prompt=none` with a held level gives the code', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada, { acr_values: 'mfa' })
    expect(outcome((await ask(house, visitor, { prompt: 'none', acr_values: 'mfa' })).page)).toBe(
      'code',
    )
  })

  it('`prompt=none` with `max_age=0` never succeeds and does not loop', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    expect(outcome((await ask(house, visitor, { prompt: 'none', max_age: '0' })).page)).toBe(
      'interaction_required',
    )
  })

  it('`prompt=none` together with `prompt=login` is refused', async () => {
    expect(outcome((await ask(house, house.visitor(), { prompt: 'none login' })).page)).toBe(
      'invalid_request',
    )
  })

  it('`prompt=login` discards earlier proofs for its request and no other', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada, { acr_values: 'mfa' })
    pass(60)
    const again = await journey(house, visitor, ada, { acr_values: 'mfa', prompt: 'login' })
    expect(again.asked).toEqual(['login:password', 'step-up:totp'])
    expect(again.accessToken.auth_time).toBe(now())
    const second = await journey(house, visitor, ada, { client_id: 'second', acr_values: 'mfa' })
    expect(second.asked).toEqual([])
  })
})

describe('levels of one session', () => {
  it('a second login with a weaker method does not overwrite a stronger level that is still held', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada, { acr_values: 'mfa' })
    const heldSince = now()
    pass(60)
    await journey(house, visitor, ada, { prompt: 'login', acr_values: 'basic' })
    const held = await journey(house, visitor, ada, { acr_values: 'mfa' })
    expect(held.asked).toEqual([])
    expect(held.accessToken.auth_time).toBe(heldSince)
  })

  it('levels expire one by one, and the session lives on', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada, { acr_values: 'mfa' })
    pass(15 * 60 + 1)
    expect((await journey(house, visitor, ada)).asked).toEqual([])
    expect((await journey(house, visitor, ada, { acr_values: 'mfa' })).asked).toEqual([
      'step-up:totp',
    ])
  })

  it('a step-up that is done and still unmet is the error, not another prompt', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { page, attempt } = await ask(house, visitor, { acr_values: 'mfa', max_age: '60' })
    const code = totpCode(ada.totpKey, now())
    const onward = await visitor.submitAndStay(page, { code })
    // The browser was put to sleep between the proof and the way back.
    pass(61)
    const back = await visitor.get(onward)
    expect(outcome(back)).toBe('unmet_authentication_requirements')
    expect(back.url.searchParams.get('state')).toBe(attempt.state)
  })

  it('a cancelled step-up leaves the session as it was', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { page, attempt } = await ask(house, visitor, { acr_values: 'mfa' })
    const cancelled = await visitor.press(page, 'Cancel')
    expect(outcome(cancelled)).toBe('access_denied')
    expect(cancelled.url.searchParams.get('state')).toBe(attempt.state)
    expect((await journey(house, visitor, ada)).asked).toEqual([])
    expect((await ask(house, visitor, { acr_values: 'mfa' })).page.method).toBe('totp')
  })
})

describe('a level that nobody can reach', () => {
  it('an essential one ends in `unmet_authentication_requirements` at the redirect URI, with `state` and `iss`', async () => {
    const strict = await openStepUpHouse({ enrolment: 'enrolment: { duringStepUp: false }' })
    try {
      const person = await strict.addPerson('ben')
      const visitor = strict.visitor()
      const { page, attempt } = await ask(strict, visitor, { claims: essential('mfa') })
      const answered = await answerPages(visitor, page, person)
      expect(answered.asked).toEqual(['login:password'])
      expect(outcome(answered.page)).toBe('unmet_authentication_requirements')
      expect(answered.page.url.searchParams.get('state')).toBe(attempt.state)
      expect(answered.page.url.searchParams.get('iss')).toBe(strict.issuer)
      expect(
        outcome((await ask(strict, visitor, { prompt: 'none', acr_values: 'mfa' })).page),
      ).toBe('unmet_authentication_requirements')
    } finally {
      await strict.close()
    }
  })

  it('a page offers to set up what is missing, where policy lets it', async () => {
    const visitor = house.visitor()
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const answered = await answerPages(visitor, page, ben)
    expect(answered.page.page).toBe('unreachable')
  })
})

describe('malformed requests', () => {
  it('an unknown client is told on a page, and nothing is redirected', async () => {
    const { page } = await ask(house, house.visitor(), { client_id: 'nobody' })
    expect([page.status, page.page]).toEqual([400, 'error'])
    expect(page.url.origin).toBe(house.issuer)
  })

  it('an unregistered redirect URI is told on a page, and nothing is redirected', async () => {
    const { page } = await ask(house, house.visitor(), {
      redirect_uri: 'https://evil.example/callback',
    })
    expect([page.status, page.page]).toEqual([400, 'error'])
    expect(page.url.origin).toBe(house.issuer)
  })

  it('a request without PKCE is refused', async () => {
    const { page } = await ask(house, house.visitor(), {
      code_challenge: '',
      code_challenge_method: '',
    })
    expect(outcome(page)).toBe('invalid_request')
  })
})

function essential(acr: string): string {
  return JSON.stringify({ id_token: { acr: { essential: true, value: acr } } })
}
