import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type TestHouse,
  type TestPerson,
  type VisitedPage,
  type Visitor,
  redeem,
  totpCode,
} from '@newel/testing/house'
import { holdClock } from './hold-clock.ts'
import { type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.ts'
import { now, outcome, pass } from './step-up-house.ts'
import { askHere, linkPerson, openUpstreamHouse } from './upstream-house.ts'

let upstream: ScriptedUpstream
let house: TestHouse
/** Has a password and the link, and nothing else. */
let ada: TestPerson
/** Has a one-time-code app besides. */
let grace: TestPerson

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  house = await openUpstreamHouse(upstream.issuer, {
    sections: 'enrolment: { duringStepUp: false }',
  })
  ada = await house.addPerson('ada')
  await linkPerson(house, ada.accountId, upstream.issuer)
  grace = await house.addPerson('grace', { totp: true })
  await linkPerson(house, grace.accountId, upstream.issuer, 'grace-upstream')
})
afterAll(async () => {
  await house.close()
  await upstream.stop()
})
holdClock()
beforeEach(() => {
  upstream.answer = { claims: { acr: 'loa3' } }
})

async function signIn(visitor: Visitor, { username, password }: TestPerson): Promise<VisitedPage> {
  const { page } = await askHere(house, visitor)
  return visitor.submit(page, { username, password })
}

/** Signed in with a password ten minutes ago, and asked for more now. */
async function stepUp(person: TestPerson, parameters: Readonly<Record<string, string>>) {
  const visitor = house.visitor()
  expect(outcome(await signIn(visitor, person))).toBe('code')
  pass(600)
  return { visitor, ...(await askHere(house, visitor, parameters)) }
}

function lastAsked(): Readonly<Record<string, string>> {
  return upstream.asked.at(-1) ?? {}
}

describe('a step-up that is forwarded to the upstream', () => {
  it("asks there for the accepted `acr` and the age, and states the upstream's time (behaviour 34)", async () => {
    const { visitor, page, attempt } = await stepUp(ada, { acr_values: 'mfa', max_age: '300' })
    expect([page.page, page.method]).toEqual(['step-up', 'federated:company/mfa'])
    const authTime = now() - 200
    upstream.answer = { claims: { acr: 'loa3', auth_time: authTime } }
    const back = await upstream.through(visitor, page)
    expect(lastAsked()).toMatchObject({ acr_values: 'loa3', max_age: '300' })
    expect(lastAsked()).not.toHaveProperty('prompt')
    expect((await redeem(house, 'web', attempt, back)).idToken).toMatchObject({
      sub: ada.accountId,
      acr: 'mfa',
      amr: ['fed'],
      auth_time: authTime,
    })
  })

  it('asks for no older proof than the level holds', async () => {
    const { visitor, page } = await stepUp(ada, { acr_values: 'mfa' })
    await upstream.through(visitor, page)
    expect(lastAsked()).toMatchObject({ max_age: '900' })
  })

  it('for `max_age=0` asks for a proof made now, once, and does not loop (behaviour 10)', async () => {
    const { visitor, page, attempt } = await stepUp(ada, { acr_values: 'mfa', max_age: '0' })
    const before = upstream.asked.length
    const back = await upstream.through(visitor, page)
    expect(lastAsked()).toMatchObject({ max_age: '0', prompt: 'login' })
    expect(outcome(back)).toBe('code')
    expect(upstream.asked).toHaveLength(before + 1)
    expect((await redeem(house, 'web', attempt, back)).idToken).toMatchObject({ acr: 'mfa' })
  })

  const unmet: readonly (readonly [string, Readonly<Record<string, string>>, () => object])[] = [
    ['another `acr`', {}, () => ({ acr: 'loa1' })],
    ['no `acr`', {}, () => ({ acr: undefined })],
    ['a list in the place of the `acr`', {}, () => ({ acr: ['loa3'] })],
    ['no `auth_time`', {}, () => ({ acr: 'loa3', auth_time: undefined })],
    [
      'a proof older than was asked for',
      { max_age: '60' },
      () => ({ acr: 'loa3', auth_time: now() - 61 }),
    ],
    [
      'the old proof where a new one was asked for',
      { max_age: '0' },
      () => ({ acr: 'loa3', auth_time: now() - 1 }),
    ],
    [
      'the old proof where a login was asked for',
      { prompt: 'login' },
      () => ({ acr: 'loa3', auth_time: now() - 1 }),
    ],
  ]

  it.each(unmet)(
    'answered with %s is unmet, and not asked again (behaviour 7)',
    async (_title, asked, claims) => {
      const visitor = house.visitor()
      await signIn(visitor, ada)
      let { page } = await askHere(house, visitor, { acr_values: 'mfa', ...asked })
      // `prompt=login` asks for the password of this request first.
      if (page.page === 'login')
        page = await visitor.submit(page, { username: ada.username, password: ada.password })
      upstream.answer = { claims: { ...claims() } }
      const before = upstream.asked.length
      const back = await upstream.through(visitor, page)
      expect(outcome(back)).toBe('unmet_authentication_requirements')
      expect(upstream.asked).toHaveLength(before + 1)
      expect(outcome((await askHere(house, visitor, { prompt: 'none' })).page)).toBe('code')
    },
  )

  it('that the upstream itself calls unmet is unmet', async () => {
    const { visitor, page } = await stepUp(ada, { acr_values: 'mfa' })
    upstream.answer = { error: 'unmet_authentication_requirements' }
    expect(outcome(await upstream.through(visitor, page))).toBe('unmet_authentication_requirements')
  })

  it('that proves too little leaves what is set up here', async () => {
    const { visitor, page } = await stepUp(grace, { acr_values: 'mfa' })
    expect(page.method).toBe('totp')
    const choice = await visitor.press(page, 'Try another way')
    const chosen = await visitor.submit(choice, { method: 'federated:company/mfa' })
    expect(chosen.method).toBe('federated:company/mfa')
    upstream.answer = { claims: { sub: 'grace-upstream', acr: 'loa1' } }
    const back = await upstream.through(visitor, chosen)
    expect([back.page, back.method, back.url.searchParams.get('notice')]).toEqual([
      'step-up',
      'totp',
      'upstream_insufficient',
    ])
    expect(outcome(await visitor.submit(back, { code: totpCode(grace.totpKey, now()) }))).toBe(
      'code',
    )
  })

  it('and refused there may be tried again', async () => {
    const { visitor, page } = await stepUp(ada, { acr_values: 'mfa' })
    upstream.answer = { error: 'access_denied' }
    const back = await upstream.through(visitor, page)
    expect([back.method, back.url.searchParams.get('notice')]).toEqual([
      'federated:company/mfa',
      'upstream_denied',
    ])
    upstream.answer = { claims: { acr: 'loa3' } }
    expect(outcome(await upstream.through(visitor, back))).toBe('code')
  })

  it('and answered by another person there raises nobody (behaviour 16)', async () => {
    const { visitor, page } = await stepUp(ada, { acr_values: 'mfa' })
    upstream.answer = { claims: { acr: 'loa3', sub: 'grace-upstream' } }
    const back = await upstream.through(visitor, page)
    expect([back.page, back.url.searchParams.get('notice')]).toEqual(['step-up', 'different_user'])
    expect(outcome(await visitor.press(back, 'Cancel'))).toBe('access_denied')
    const { page: silent, attempt } = await askHere(house, visitor, { prompt: 'none' })
    expect((await redeem(house, 'web', attempt, silent)).idToken).toMatchObject({
      sub: ada.accountId,
      acr: 'basic',
    })
  })

  it('does not count where the account was disabled meanwhile (behaviour 32)', async () => {
    const eve = await house.addPerson('eve')
    await linkPerson(house, eve.accountId, upstream.issuer, 'eve-upstream')
    const { visitor, page } = await stepUp(eve, { acr_values: 'mfa' })
    upstream.answer = { claims: { acr: 'loa3', sub: 'eve-upstream' } }
    const left = await visitor.press(page, 'Continue with Example Company')
    const callback = await upstream.visit(left.url)
    await house.store.accounts.setDisabled(eve.accountId, true)
    expect(outcome(await visitor.get(callback))).toBe('access_denied')
  })

  it('does not count where the link was removed meanwhile (behaviour 32)', async () => {
    const mia = await house.addPerson('mia')
    await linkPerson(house, mia.accountId, upstream.issuer, 'mia-upstream')
    const { visitor, page } = await stepUp(mia, { acr_values: 'mfa' })
    upstream.answer = { claims: { acr: 'loa3', sub: 'mia-upstream' } }
    const left = await visitor.press(page, 'Continue with Example Company')
    const callback = await upstream.visit(left.url)
    await house.store.credentials.remove(`link-${mia.accountId}`)
    expect(outcome(await visitor.get(callback))).toBe('unmet_authentication_requirements')
  })

  it('is not begun for somebody who has no link', async () => {
    const zoe = await house.addPerson('zoe', { totp: true })
    const { visitor, page } = await stepUp(zoe, { acr_values: 'mfa' })
    expect(page.method).toBe('totp')
    const tried = await visitor.get(
      `${page.url.pathname}/upstream/company?method=federated:company/mfa`,
    )
    expect([tried.page, tried.method]).toEqual(['step-up', 'totp'])
  })
})

describe('a company whose provider has no step-up', () => {
  it('gets it here: signed in there, one code here', async () => {
    const joan = await house.addPerson('joan', { totp: true })
    await linkPerson(house, joan.accountId, upstream.issuer, 'joan-upstream')
    const visitor = house.visitor()
    upstream.answer = { claims: { sub: 'joan-upstream' } }
    const first = await askHere(house, visitor)
    expect(outcome(await upstream.through(visitor, first.page))).toBe('code')
    const { page, attempt } = await askHere(house, visitor, { acr_values: 'mfa' })
    expect(page.method).toBe('totp')
    const back = await visitor.submit(page, { code: totpCode(joan.totpKey, now()) })
    expect((await redeem(house, 'web', attempt, back)).idToken).toMatchObject({
      acr: 'mfa',
      amr: ['fed', 'otp'],
    })
  })

  it("keeps what it said apart: a link that is removed ends the session's level", async () => {
    const una = await house.addPerson('una')
    await linkPerson(house, una.accountId, upstream.issuer, 'una-upstream')
    const visitor = house.visitor()
    upstream.answer = { claims: { sub: 'una-upstream' } }
    const { page } = await askHere(house, visitor)
    expect(outcome(await upstream.through(visitor, page))).toBe('code')
    expect(outcome((await askHere(house, visitor, { prompt: 'none' })).page)).toBe('code')
    await house.store.credentials.remove(`link-${una.accountId}`)
    expect(outcome((await askHere(house, visitor, { prompt: 'none' })).page)).toBe(
      'interaction_required',
    )
  })
})

describe('an upstream that is taken out of the document', () => {
  it('proves nothing any more in sessions that are open (behaviour 15)', async () => {
    const open = await openUpstreamHouse(upstream.issuer, { upstream: ', provision: true' })
    const visitor = open.visitor()
    upstream.answer = { claims: { sub: 'withdrawn' } }
    const { page } = await askHere(open, visitor)
    expect(outcome(await upstream.through(visitor, page))).toBe('code')
    expect(outcome((await askHere(open, visitor, { prompt: 'none' })).page)).toBe('code')
    await open.provider.reload({ document: { ...open.document, upstreams: [] } })
    expect(outcome((await askHere(open, visitor, { prompt: 'none' })).page)).not.toBe('code')
    await open.close()
  })
})

describe('a stolen password', () => {
  it('adds no factor by making up that the upstream refused (behaviour 24)', async () => {
    const open = await openUpstreamHouse(upstream.issuer)
    const person = await open.addPerson('ada')
    await linkPerson(open, person.accountId, upstream.issuer)
    await open.store.credentials.noteUpstreamProofs(`link-${person.accountId}`, ['mfa'])
    const thief = open.visitor()
    const { username, password } = person
    const login = await askHere(open, thief, { acr_values: 'mfa' })
    const asked = await thief.submit(login.page, { username, password })
    expect(asked.method).toBe('federated:company/mfa')
    // Nobody signs an error, and the thief's browser knows the state.
    const left = await thief.press(asked, 'Continue with Example Company')
    const forged = new URL('/federation/company/callback', open.issuer)
    forged.search = new URLSearchParams({
      error: 'unmet_authentication_requirements',
      state: left.url.searchParams.get('state') ?? '',
      iss: upstream.issuer,
    }).toString()
    const offer = await thief.get(forged)
    expect(offer.page).toBe('unreachable')
    const refused = await thief.submit(offer, { method: 'totp' })
    expect(outcome(refused)).toBe('unmet_authentication_requirements')
    await open.close()
  })
})

describe('setting up a first factor after coming through an upstream', () => {
  it('takes a proof made there now (behaviour 25)', async () => {
    const open = await openUpstreamHouse(upstream.issuer, {
      upstream: ', provision: true',
      accept: '[{ name: signed-in, any: true }]',
      levels: `
  basic: { accepts: [federated], lifetime: 12h }
  mfa: { accepts: ['federated:company + totp'], lifetime: 15m }`,
    })
    const visitor = open.visitor()
    upstream.answer = { claims: { sub: 'new-here' } }
    const { page } = await askHere(open, visitor, { acr_values: 'mfa' })
    const offer = await upstream.through(visitor, page)
    expect(offer.page).toBe('unreachable')
    const proof = await visitor.submit(offer, { method: 'totp' })
    expect([proof.page, proof.method]).toEqual(['step-up', 'federated'])
    const setUp = await upstream.through(visitor, proof)
    expect(lastAsked()).toMatchObject({ prompt: 'login', max_age: '0' })
    expect(setUp.page).toBe('enrol')
    await open.close()
  })
})
