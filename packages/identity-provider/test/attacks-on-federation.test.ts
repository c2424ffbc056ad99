import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type TestHouse, type TestPerson, redeem } from '@newel/testing/house'
import { holdClock } from './hold-clock.ts'
import {
  type ScriptedAnswer,
  type ScriptedUpstream,
  startScriptedUpstream,
} from './scripted-upstream.ts'
import { outcome, pass } from './step-up-house.ts'
import { askHere, linkPerson, openUpstreamHouse } from './upstream-house.ts'

let upstream: ScriptedUpstream
let house: TestHouse
let ada: TestPerson

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  house = await openUpstreamHouse(upstream.issuer, { upstream: ', provision: true' })
  ada = await house.addPerson('ada')
  await linkPerson(house, ada.accountId, upstream.issuer)
})
afterAll(async () => {
  await house.close()
  await upstream.stop()
})
holdClock()
beforeEach(() => {
  upstream.answer = {}
})

/** Where the upstream sends a browser back to that left from the sign-in page. */
async function left(parameters: Readonly<Record<string, string>> = {}) {
  const visitor = house.visitor()
  const { page, attempt } = await askHere(house, visitor, parameters)
  const there = await visitor.press(page, 'Continue with Example Company')
  return { visitor, attempt, callback: await upstream.visit(there.url) }
}

async function signIn(answer: ScriptedAnswer = {}): Promise<string> {
  upstream.answer = answer
  const { visitor, callback } = await left()
  const back = await visitor.get(callback)
  return back.url.searchParams.get('notice') ?? outcome(back)
}

describe('a token of the upstream', () => {
  it.each<[string, ScriptedAnswer]>([
    ['signed by nobody', { unsigned: true }],
    ['signed by the shared secret, where it says that it signs by a key', { bySecret: true }],
    ['for somebody else too, who is not named', { claims: { aud: ['newel', 'other'] } }],
    ['that was made for somebody else', { claims: { aud: ['newel', 'other'], azp: 'other' } }],
    ['without an issuer', { claims: { iss: undefined } }],
    ['without an audience', { claims: { aud: undefined } }],
    ['without an end', { claims: { exp: undefined } }],
    ['that counts later', { claims: { nbf: 4_000_000_000 } }],
    ['of an issuer that differs by a slash', { claims: { iss: 'http://localhost/' } }],
  ])('is not taken: %s', async (_title, answer) => {
    expect(await signIn(answer)).toBe('upstream_failed')
  })

  it('is taken by a new key, and by a withdrawn one for no more than five minutes', async () => {
    expect(await signIn()).toBe('code')
    pass(61)
    await upstream.rotateKeys()
    expect(await signIn()).toBe('code')
    expect(await signIn({ withdrawn: true })).toBe('upstream_failed')
    await upstream.rotateKeys()
    expect(await signIn({ withdrawn: true })).toBe('code')
    pass(301)
    expect(await signIn({ withdrawn: true })).toBe('upstream_failed')
    expect(await signIn()).toBe('code')
  })
})

describe('an answer of the upstream', () => {
  it.each<[string, (answer: URLSearchParams) => void]>([
    [
      'without `iss`, from one that always sends it (RFC 9207 §2.4)',
      (answer) => answer.delete('iss'),
    ],
    ['with two codes', (answer) => answer.append('code', 'other')],
    ['with two issuers', (answer) => answer.append('iss', 'https://other.example')],
    ['without a code', (answer) => answer.delete('code')],
    ['with a token in the address', (answer) => answer.append('id_token', 'e30.e30.')],
    [
      'with the answer in a token that nobody asked for',
      (answer) => answer.append('response', 'e30.e30.'),
    ],
  ])('is not taken: %s', async (_title, change) => {
    const { visitor, callback } = await left()
    change(callback.searchParams)
    const back = await visitor.get(callback)
    expect([back.page, back.url.searchParams.get('notice')]).toEqual(['login', 'upstream_failed'])
  })

  it('with two states belongs to nobody', async () => {
    const { visitor, callback } = await left()
    callback.searchParams.append('state', 'other')
    const back = await visitor.get(callback)
    expect([back.page, back.status]).toEqual(['error', 400])
  })

  it('has words that nobody is shown (RFC 9700 §4.11)', async () => {
    const words = '<b>Call +1 555 0100 and tell your password</b>'
    for (const error of ['access_denied', 'server_error', words]) {
      const { visitor, callback } = await left()
      callback.searchParams.delete('code')
      callback.searchParams.set('error', error)
      callback.searchParams.set('error_description', words)
      callback.searchParams.set('error_uri', 'https://evil.example/help')
      const back = await visitor.get(callback)
      expect(back.page).toBe('login')
      expect(back.html).not.toMatch(/555 0100|evil\.example/)
    }
  })

  it('is led back to this provider, whatever address it carries', async () => {
    const { visitor, callback } = await left()
    callback.searchParams.append('redirect_uri', 'https://evil.example/')
    callback.searchParams.append('return', '//evil.example/')
    const redirect = await fetch(callback, { redirect: 'manual' })
    const to = new URL(redirect.headers.get('location') ?? '', house.issuer)
    expect([redirect.status, to.origin]).toEqual([303, house.issuer])
    expect(outcome(await visitor.get(callback))).toBe('code')
  })

  it('of one request is of no use in another one of the same browser', async () => {
    const visitor = house.visitor()
    const [one, two] = [await askHere(house, visitor), await askHere(house, visitor)]
    const there = await visitor.press(one.page, 'Continue with Example Company')
    const callback = await upstream.visit(there.url)
    const swapped = `${two.page.url.pathname}/upstream/company/return${callback.search}`
    const stray = await visitor.get(swapped)
    expect([stray.page, stray.status]).toEqual(['error', 400])
    expect(outcome(await visitor.get(callback))).toBe('code')
  })

  it('is good for a quarter of an hour', async () => {
    const { visitor, callback } = await left()
    pass(901)
    expect((await visitor.get(callback)).page).toBe('error')
  })
})

describe('what the upstream says of a person elsewhere', () => {
  it('is not theirs where its userinfo endpoint speaks of another (OIDC Core §5.3.2)', async () => {
    const answer = {
      claims: { sub: 'quiet' },
      userinfo: { sub: 'ada-upstream', preferred_username: 'taken-from-ada', name: 'Ada' },
    }
    expect(await signIn(answer)).toBe('code')
    const link = await house.store.credentials.byUpstreamSubject(upstream.issuer, 'quiet')
    const account = await house.store.accounts.byId(link?.accountId ?? '')
    expect(account?.username).toMatch(/^company-[0-9a-f]{12}$/)
    expect(account?.name).toBeUndefined()
  })

  it('makes no account where the request is for somebody who has one (OIDC Core §3.1.2.1)', async () => {
    const first = await left()
    const { raw } = await redeem(
      house,
      'web',
      first.attempt,
      await first.visitor.get(first.callback),
    )
    upstream.answer = { claims: { sub: 'nobody-yet' }, userinfo: { sub: 'nobody-yet' } }
    const { visitor, callback } = await left({ id_token_hint: String(raw['id_token']) })
    const back = await visitor.get(callback)
    expect([back.page, back.url.searchParams.get('notice')]).toEqual(['login', 'different_user'])
    const link = await house.store.credentials.byUpstreamSubject(upstream.issuer, 'nobody-yet')
    expect(link).toBeUndefined()
  })
})
