import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type TestHouse,
  type TestPerson,
  type VisitedPage,
  type Visitor,
} from '@newel/testing/house'
import { holdClock } from './hold-clock.ts'
import { type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.ts'
import { now, outcome, pass } from './step-up-house.ts'
import { askHere, openUpstreamHouse } from './upstream-house.ts'

let upstream: ScriptedUpstream
let house: TestHouse
let count = 0

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  house = await openUpstreamHouse(upstream.issuer)
})
afterAll(async () => {
  await house.close()
  await upstream.stop()
})
holdClock()

/** Somebody new with a password, signed in, on their account page; who they are at the upstream is new too. */
async function atHome(): Promise<{
  readonly person: TestPerson
  readonly visitor: Visitor
  readonly page: VisitedPage
  readonly subject: string
}> {
  count += 1
  const subject = `subject-${count}`
  upstream.answer = {
    claims: { sub: subject, email: 'ada@company.example' },
    userinfo: { sub: subject },
  }
  const person = await house.addPerson(`person-${count}`)
  const visitor = house.visitor()
  const login = await visitor.get('/account')
  const page = await visitor.submit(login, { username: person.username, password: person.password })
  return { person, visitor, page, subject }
}

async function linkOf(subject: string): Promise<string | undefined> {
  return (await house.store.credentials.byUpstreamSubject(upstream.issuer, subject))?.accountId
}

const label = 'Link Example Company'

/** From the account page, or from the page that a proof led to, to the other provider. */
async function leave(visitor: Visitor, page: VisitedPage): Promise<VisitedPage> {
  const start = page.page === 'account' ? await visitor.press(page, label) : page
  return start.page === 'account-linking'
    ? visitor.press(start, 'Continue with Example Company')
    : start
}

async function through(visitor: Visitor, page: VisitedPage): Promise<VisitedPage> {
  return visitor.get(await upstream.visit((await leave(visitor, page)).url))
}

describe('linking an account at an upstream', () => {
  it('shows whose it is, and makes the link when the person says so', async () => {
    const { visitor, page, person, subject } = await atHome()
    const shown = await through(visitor, page)
    expect(shown.page).toBe('account-link')
    expect(shown.html).toContain('ada@company.example')
    expect(upstream.asked.at(-1)).toMatchObject({ prompt: 'login' })
    expect(await linkOf(subject)).toBeUndefined()
    const done = await visitor.press(shown, label)
    expect([done.page, done.url.searchParams.get('notice')]).toEqual(['account', 'done'])
    expect(done.html).toContain('Example Company')
    expect(await linkOf(subject)).toBe(person.accountId)
    expect(house.events.at(-1)).toMatchObject({
      type: 'authenticator_enrolled',
      method: 'federated:company',
      accountId: person.accountId,
    })
    const other = house.visitor()
    const { page: login } = await askHere(house, other)
    expect(outcome(await upstream.through(other, login))).toBe('code')
  })

  it('takes a fresh proof, before and after (behaviour 24)', async () => {
    const { visitor, page, person, subject } = await atHome()
    pass(301)
    const asked = await visitor.press(page, label)
    expect([asked.page, asked.method]).toEqual(['step-up', 'password'])
    const start = await visitor.submit(asked, { password: person.password })
    expect(start.page).toBe('account-linking')
    const left = await leave(visitor, start)
    expect(left.url.origin).toBe(upstream.issuer)
    pass(301)
    const proof = await visitor.get(await upstream.visit(left.url))
    expect([proof.page, proof.method]).toEqual(['step-up', 'password'])
    const shown = await visitor.submit(proof, { password: person.password })
    expect(shown.page).toBe('account-link')
    pass(301)
    const late = await visitor.press(shown, label)
    expect([late.page, late.method]).toEqual(['step-up', 'password'])
    expect(await linkOf(subject)).toBeUndefined()
  })

  it('can be let be', async () => {
    const { visitor, page, subject } = await atHome()
    const shown = await through(visitor, page)
    expect((await visitor.press(shown, 'Do not link')).page).toBe('account')
    expect((await visitor.submit(shown, {})).page).toBe('account')
    expect(await linkOf(subject)).toBeUndefined()
  })

  it('takes no answer that another browser began, and no form of another site', async () => {
    const { visitor, page } = await atHome()
    const left = await leave(visitor, page)
    const callback = await upstream.visit(left.url)
    const victim = await atHome()
    const stolen = await victim.visitor.get(callback)
    expect(stolen.url.searchParams.get('notice')).toBe('link_refused')
    const shown = await through(victim.visitor, victim.page)
    const forged = await victim.visitor.post(
      shown.url,
      { csrf_token: 'guessed' },
      { origin: 'https://evil.example' },
    )
    expect([forged.page, forged.status]).toEqual(['error', 403])
    expect(await linkOf(victim.subject)).toBeUndefined()
  })

  it('of somebody who is linked to another account is refused', async () => {
    const first = await atHome()
    await first.visitor.press(await through(first.visitor, first.page), label)
    const second = await atHome()
    upstream.answer = { claims: { sub: first.subject } }
    const back = await through(second.visitor, second.page)
    expect(back.url.searchParams.get('notice')).toBe('linked_elsewhere')
    expect(await linkOf(first.subject)).toBe(first.person.accountId)
  })

  it.each([
    ['an upstream that ignores the question', (): number => now() - 3600],
    ['a sign-in of a second before the question', (): number => now() - 1],
    ['an upstream that does not say when', (): undefined => undefined],
  ])('is refused with %s', async (_title, authTime) => {
    for (const acr of [undefined, 'loa3']) {
      const { visitor, page, subject, person } = await atHome()
      upstream.answer = { claims: { sub: subject, acr, auth_time: authTime() } }
      const back = await through(visitor, page)
      expect([back.page, back.url.searchParams.get('notice')]).toEqual([
        'account',
        'link_not_fresh',
      ])
      expect(back.html).toContain('did not show that you signed in there just now')
      expect((await visitor.get('/account/link/company/confirm')).page).toBe('account')
      expect(await linkOf(subject)).toBeUndefined()
      expect(house.events.at(-1)).toMatchObject({
        type: 'proof_refused',
        method: 'federated:company',
        reason: 'insufficient',
        accountId: person.accountId,
      })
    }
  })

  it('is refused with an upstream that does not say when, also where its sign-ins are assumed to be of now', async () => {
    const open = await openUpstreamHouse(upstream.issuer, { upstream: ', authTime: assumed' })
    const { username, password } = await open.addPerson('ada')
    const visitor = open.visitor()
    const page = await visitor.submit(await visitor.get('/account'), { username, password })
    upstream.answer = { claims: { sub: 'timeless', auth_time: undefined } }
    const back = await through(visitor, page)
    expect(back.url.searchParams.get('notice')).toBe('link_not_fresh')
    await open.close()
  })

  it('is asked by an upstream that is down of nobody', async () => {
    const { visitor, page } = await atHome()
    upstream.answer = { error: 'access_denied' }
    const refused = await through(visitor, page)
    expect(refused.url.searchParams.get('notice')).toBe('link_refused')
  })

  it('is no step-up: an answer for one place counts in no other', async () => {
    const { visitor, page, person, subject } = await atHome()
    const left = await leave(visitor, page)
    const callback = await upstream.visit(left.url)
    const { page: stepUp } = await askHere(house, visitor, { prompt: 'login' })
    const other = `${stepUp.url.pathname}/upstream/company/return${callback.search}`
    expect((await visitor.get(other)).page).toBe('error')
    expect(person.accountId).not.toBe(await linkOf(subject))
  })
})

describe('removing a link', () => {
  it('takes a fresh proof of the strongest that the person has ever given (behaviour 24)', async () => {
    const { visitor, page, subject } = await atHome()
    const done = await visitor.press(await through(visitor, page), label)
    const link = await house.store.credentials.byUpstreamSubject(upstream.issuer, subject)
    const one = await visitor.get(`/account/authenticators/${link?.id ?? ''}`)
    expect(one.page).toBe('account-authenticator')
    pass(301)
    expect((await visitor.press(one, 'Remove')).method).toBe('password')
    expect(done.page).toBe('account')
    upstream.answer = { claims: { sub: subject, acr: 'loa3' } }
    const other = house.visitor()
    const { page: login } = await askHere(house, other)
    expect(outcome(await upstream.through(other, login))).toBe('code')
    const stronger = await visitor.get(`/account/authenticators/${link?.id ?? ''}`)
    expect(stronger.method).toBe('federated:company/mfa')
    const proved = await upstream.through(visitor, stronger)
    expect((await visitor.press(proved, 'Remove')).url.searchParams.get('notice')).toBe('done')
    expect(await linkOf(subject)).toBeUndefined()
    expect(house.events.at(-1)).toMatchObject({
      type: 'authenticator_removed',
      method: 'federated:company',
    })
  })

  it('that is the only way in is refused', async () => {
    const open = await openUpstreamHouse(upstream.issuer, { upstream: ', provision: true' })
    upstream.answer = { claims: { sub: 'only-way' }, userinfo: { sub: 'only-way' } }
    const visitor = open.visitor()
    const account = await upstream.through(visitor, await visitor.get('/account'))
    expect(account.page).toBe('account')
    const link = await open.store.credentials.byUpstreamSubject(upstream.issuer, 'only-way')
    const asked = await visitor.get(`/account/authenticators/${link?.id ?? ''}`)
    const one = asked.page === 'step-up' ? await upstream.through(visitor, asked) : asked
    expect(one.html).toContain('This is your only way to sign in')
    await open.close()
  })
})
