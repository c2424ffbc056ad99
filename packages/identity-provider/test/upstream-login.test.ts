import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type TestHouse, type TestPerson, confirmAddress, redeem } from '@newel/testing/house'
import { type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.ts'
import { now, outcome } from './step-up-house.ts'
import { askHere, linkPerson, openUpstreamHouse } from './upstream-house.ts'

let upstream: ScriptedUpstream
let house: TestHouse
let ada: TestPerson

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  house = await openUpstreamHouse(upstream.issuer)
  ada = await house.addPerson('ada', { totp: true })
  await linkPerson(house, ada.accountId, upstream.issuer)
})
afterAll(async () => {
  await house.close()
  await upstream.stop()
})
beforeEach(() => {
  upstream.answer = {}
})

async function open(parameters: Readonly<Record<string, string>> = {}, visitor = house.visitor()) {
  return { visitor, ...(await askHere(house, visitor, parameters)) }
}

describe('signing in through an upstream', () => {
  it('is the linked account, at the time that the upstream says, and never a password (behaviour 33)', async () => {
    const authTime = now() - 600
    upstream.answer = { claims: { auth_time: authTime } }
    const { visitor, page, attempt } = await open()
    const back = await upstream.through(visitor, page)
    expect(outcome(back)).toBe('code')
    const { idToken } = await redeem(house, 'web', attempt, back)
    expect(idToken).toMatchObject({
      sub: ada.accountId,
      acr: 'basic',
      amr: ['fed'],
      auth_time: authTime,
    })
  })

  it('asks with PKCE, nonce, state and a time that the upstream has to tell', async () => {
    const { visitor, page } = await open({ max_age: '120' })
    await upstream.through(visitor, page)
    expect(upstream.asked.at(-1)).toMatchObject({
      client_id: 'newel',
      scope: 'openid email',
      redirect_uri: `${house.issuer}/federation/company/callback`,
      code_challenge_method: 'S256',
      max_age: '120',
    })
    expect(upstream.asked.at(-1)).not.toHaveProperty('prompt')
  })

  it('with the accepted `acr` reaches the level of that entry at once, which is asked for (behaviour 34)', async () => {
    upstream.answer = { claims: { acr: 'loa3' } }
    const { visitor, page, attempt } = await open({ acr_values: 'mfa' })
    const back = await upstream.through(visitor, page)
    expect(upstream.asked.at(-1)).toMatchObject({ acr_values: 'loa3' })
    expect((await redeem(house, 'web', attempt, back)).idToken).toMatchObject({ acr: 'mfa' })
  })

  it('with an `acr` that is a list reaches no more than any sign-in', async () => {
    upstream.answer = { claims: { acr: ['loa3'] } }
    const { visitor, page } = await open({ acr_values: 'mfa' })
    const back = await upstream.through(visitor, page)
    expect([back.page, back.method]).toEqual(['step-up', 'totp'])
  })

  it('for `prompt=login` asks for a proof made now, and takes no older one', async () => {
    const { visitor, page } = await open({ prompt: 'login' })
    expect(outcome(await upstream.through(visitor, page))).toBe('code')
    expect(upstream.asked.at(-1)).toMatchObject({ prompt: 'login', max_age: '0' })

    upstream.answer = { claims: { auth_time: now() - 60 } }
    const again = await open({ prompt: 'login' })
    const stepUp = await upstream.through(again.visitor, again.page)
    expect([stepUp.page, stepUp.method]).toEqual(['step-up', 'password'])
  })

  it('without `auth_time` tells who it is and proves nothing', async () => {
    upstream.answer = { claims: { auth_time: undefined } }
    const { visitor, page } = await open()
    const back = await upstream.through(visitor, page)
    expect([back.page, back.method]).toEqual(['step-up', 'password'])
  })

  it.each([
    ['a wrong nonce', { claims: { nonce: 'other' } }],
    ['no nonce', { claims: { nonce: undefined } }],
    ['another audience', { claims: { aud: 'somebody-else' } }],
    ['another issuer in the token', { claims: { iss: 'https://other.example' } }],
    ['another issuer in the response (RFC 9207)', { iss: 'https://other.example' }],
    ['a token that has expired', { claims: { exp: 1 } }],
    ['a token of an unknown key', { forged: true }],
    ['a time in the future', { claims: { auth_time: 4_000_000_000 } }],
    ['a time that is a text', { claims: { auth_time: 'now' } }],
    ['no subject', { claims: { sub: undefined } }],
    ['an error of its own making', { error: 'invalid_scope' }],
    ['an answer without end', { padding: 300_000 }],
  ])('is refused with %s', async (_title, answer) => {
    upstream.answer = answer
    const { visitor, page } = await open()
    const back = await upstream.through(visitor, page)
    expect(back.page).toBe('login')
    expect(back.url.searchParams.get('notice')).toBe('upstream_failed')
    expect(back.html).toContain('could not be trusted')
  })

  it.each([
    ['access_denied', 'upstream_denied'],
    ['login_required', 'upstream_denied'],
    ['temporarily_unavailable', 'upstream_unavailable'],
    ['unmet_authentication_requirements', 'upstream_insufficient'],
  ])('that ends there with %s leads back, and other ways stay', async (error, notice) => {
    upstream.answer = { error }
    const { visitor, page } = await open()
    const back = await upstream.through(visitor, page)
    expect(back.url.searchParams.get('notice')).toBe(notice)
    const { username, password } = ada
    expect(outcome(await visitor.submit(back, { username, password }))).toBe('code')
  })

  it('of a person without a link says so, and makes no account', async () => {
    upstream.answer = {
      claims: { sub: 'stranger', email: 'ada@example.com', email_verified: true },
    }
    const { visitor, page } = await open()
    const back = await upstream.through(visitor, page)
    expect(back.url.searchParams.get('notice')).toBe('upstream_unlinked')
    expect(await house.store.credentials.byUpstreamSubject(upstream.issuer, 'stranger')).toBe(
      undefined,
    )
  })

  it('of a disabled account says nothing else', async () => {
    const eve = await house.addPerson('eve')
    await linkPerson(house, eve.accountId, upstream.issuer, 'eve-upstream')
    await house.store.accounts.setDisabled(eve.accountId, true)
    upstream.answer = { claims: { sub: 'eve-upstream' } }
    const { visitor, page } = await open()
    const back = await upstream.through(visitor, page)
    expect(back.url.searchParams.get('notice')).toBe('upstream_unlinked')
  })

  it('of another person than the one asked for is refused (behaviour 16)', async () => {
    const bob = await house.addPerson('bob')
    await linkPerson(house, bob.accountId, upstream.issuer, 'bob-upstream')
    const first = await open()
    const signedIn = await upstream.through(first.visitor, first.page)
    const { raw } = await redeem(house, 'web', first.attempt, signedIn)
    upstream.answer = { claims: { sub: 'bob-upstream' } }
    const { visitor, page } = await open({ id_token_hint: String(raw['id_token']) })
    const back = await upstream.through(visitor, page)
    expect(back.url.searchParams.get('notice')).toBe('different_user')
  })
})

describe('what comes back from an upstream', () => {
  it('is taken once', async () => {
    const { visitor, page } = await open()
    const left = await visitor.press(page, 'Continue with Example Company')
    const callback = await upstream.visit(left.url)
    expect(outcome(await visitor.get(callback))).toBe('code')
    const again = await visitor.get(callback)
    expect([again.page, again.status]).toEqual(['error', 400])
  })

  it('is taken in the browser that left alone, and a stranger does not spoil it (behaviour 20)', async () => {
    const { visitor, page } = await open()
    const left = await visitor.press(page, 'Continue with Example Company')
    const callback = await upstream.visit(left.url)
    const stranger = await open()
    const stolen = await stranger.visitor.get(callback)
    expect([stolen.page, stolen.status]).toEqual(['error', 400])
    expect(outcome(await visitor.get(callback))).toBe('code')
  })

  it('in two tabs leads each where it began (behaviour 21)', async () => {
    const visitor = house.visitor()
    const [one, two] = [await open({}, visitor), await open({}, visitor)]
    const leftOne = await visitor.press(one.page, 'Continue with Example Company')
    const leftTwo = await visitor.press(two.page, 'Continue with Example Company')
    const backTwo = await visitor.get(await upstream.visit(leftTwo.url))
    const backOne = await visitor.get(await upstream.visit(leftOne.url))
    expect(backOne.url.searchParams.get('state')).toBe(one.attempt.state)
    expect(backTwo.url.searchParams.get('state')).toBe(two.attempt.state)
    expect([outcome(backOne), outcome(backTwo)]).toEqual(['code', 'code'])
  })

  it.each(['', '?state=unknown&code=c', '?state=a&state=b'])(
    'with %j belongs to nobody',
    async (query) => {
      const page = await house.visitor().get(`/federation/company/callback${query}`)
      expect([page.page, page.status]).toEqual(['error', 400])
    },
  )

  it('at the address of another upstream belongs to nobody (mix-up, RFC 9700 §4.4)', async () => {
    const { visitor, page } = await open()
    const left = await visitor.press(page, 'Continue with Example Company')
    const callback = await upstream.visit(left.url)
    callback.pathname = '/federation/other/callback'
    expect((await visitor.get(callback)).page).toBe('error')
  })
})

describe('an upstream that is down', () => {
  afterEach(async () => {
    await upstream.start()
  })

  it('stops no start and no other way, and is asked again when it is back', async () => {
    await upstream.stop()
    const lonely = await openUpstreamHouse(upstream.issuer)
    const person = await lonely.addPerson('ada')
    await linkPerson(lonely, person.accountId, upstream.issuer)
    const visitor = lonely.visitor()
    const { page } = await askHere(lonely, visitor)
    const back = await upstream.through(visitor, page)
    expect(back.url.searchParams.get('notice')).toBe('upstream_unavailable')
    const other = lonely.visitor()
    const asked = await askHere(lonely, other)
    const { username, password } = person
    expect(outcome(await other.submit(asked.page, { username, password }))).toBe('code')
    await upstream.start()
    expect(outcome(await upstream.through(visitor, back))).toBe('code')
    await lonely.close()
  })
})

interface Made {
  readonly username: string
  readonly email?: string
  readonly verified: boolean
}

describe.each([
  { title: 'by an upstream that is believed no address', trusted: false },
  { title: 'by an upstream with `trustEmail`', trusted: true },
])('an account that is made at the first sign-in, $title,', ({ trusted }) => {
  let open2: TestHouse
  beforeAll(async () => {
    const trust = trusted ? ', trustEmail: true' : ''
    open2 = await openUpstreamHouse(upstream.issuer, { upstream: `, provision: true${trust}` })
  })
  afterAll(async () => {
    await open2.close()
  })

  async function comesThrough(): Promise<string> {
    const visitor = open2.visitor()
    const { page } = await askHere(open2, visitor)
    return outcome(await upstream.through(visitor, page))
  }

  async function madeFor(
    sub: string,
    claims: Readonly<Record<string, unknown>>,
    userinfo: Readonly<Record<string, unknown>> = {},
  ): Promise<Made> {
    upstream.answer = { claims: { sub, ...claims }, userinfo: { sub, ...userinfo } }
    expect(await comesThrough()).toBe('code')
    const link = await open2.store.credentials.byUpstreamSubject(upstream.issuer, sub)
    const account = await open2.store.accounts.byId(link?.accountId ?? '')
    const credentials = await open2.store.credentials.forAccount(link?.accountId ?? '')
    return {
      username: account?.username ?? '',
      ...(account?.email !== undefined && { email: account.email }),
      verified: credentials.some(({ method }) => method === 'email-code'),
    }
  }

  it('has the name that the upstream tells, and is the same the next time', async () => {
    const address = 'grace@company.example'
    const said = { email: address, email_verified: true, name: 'Grace' }
    const made = await madeFor('grace', { preferred_username: 'grace' }, said)
    expect(made).toEqual({
      username: 'grace',
      ...(trusted && { email: address }),
      verified: trusted,
    })
    expect(open2.events.filter(({ type }) => type === 'account_created')).toHaveLength(1)
    const before = await open2.store.accounts.list({ limit: 10 })
    expect(await madeFor('grace', {}, said)).toEqual(made)
    expect(await open2.store.accounts.list({ limit: 10 })).toEqual(before)
  })

  it('takes no name of somebody else, however alike', async () => {
    const made = await madeFor('mallory', { preferred_username: 'Grace' })
    expect(made.username).toMatch(/^Grace-[0-9a-f]{12}$/)
  })

  it.each([
    ['an address that is not verified', { email: 'eve@eve.example', email_verified: false }],
    ['an address that a text calls verified', { email: 'eve@eve.example', email_verified: 'true' }],
    ['an address in the place of a name', { preferred_username: 'eve@eve.example' }],
    ['an address with a wide `@` in it', { preferred_username: 'eve＠eve.example' }],
  ])('is not called by %s', async (title, claims) => {
    const made = await madeFor(`eve with ${title}`, claims)
    expect(made.username).toMatch(/^eve(-[0-9a-f]{12})?$/)
    expect(made).toMatchObject({ verified: false })
    expect(made).not.toHaveProperty('email')
  })

  it('takes no address that the account of somebody else has, confirmed or not, or is called by', async () => {
    const people = [
      { username: 'joan', email: 'Joan@Company.example' },
      { username: 'una@company.example' },
    ]
    for (const { username, email } of people) {
      const person = await open2.addPerson(username)
      if (email !== undefined) {
        await confirmAddress(open2, person, email)
      }
    }
    for (const address of ['joan@company.example', 'una@company.example']) {
      const made = await madeFor(`thief of ${address}`, { email: address, email_verified: true })
      expect(made.username).toMatch(/^(joan|una)(-[0-9a-f]{12})?$/)
      expect(made).toMatchObject({ verified: false })
      expect(made).not.toHaveProperty('email')
    }
  })

  it('takes the word on an address from where the address is, and not from beside it', async () => {
    const made = await madeFor(
      'mixer',
      { preferred_username: 'mixer', email: 'victim@company.example' },
      { email: 'mixer@company.example', email_verified: true },
    )
    expect(made).toEqual({ username: 'mixer', verified: false })
  })

  it('is one, however often the person comes at once', async () => {
    const before = (await open2.store.accounts.list({ limit: 30 })).accounts.length
    upstream.answer = { claims: { sub: 'twins' }, userinfo: { sub: 'twins' } }
    const results = await Promise.all(Array.from({ length: 4 }, comesThrough))
    expect(results).toEqual(['code', 'code', 'code', 'code'])
    const { accounts } = await open2.store.accounts.list({ limit: 30 })
    expect(accounts).toHaveLength(before + 1)
  })
})
