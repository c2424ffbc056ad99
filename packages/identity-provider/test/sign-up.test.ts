import { type VisitedPage, answerPage, redeem } from '@newel/testing/house'
import { PasskeyDevice } from '@newel/testing/passkey-device'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { holdClock } from './hold-clock.ts'
import { type PeopleHouse, codeIn, openPeopleHouse, signUpToName } from './people-house.ts'
import { ask, outcome, pass } from './step-up-house.ts'

let house: PeopleHouse
let address: string
let username: string
let people = 0
const password = 'a long enough sentence'

beforeAll(async () => {
  house = await openPeopleHouse()
})
afterAll(async () => {
  await house.close()
})
holdClock()
beforeEach(() => {
  people += 1
  // Beyond every window of the tests before.
  pass(people * 3600)
  username = `grace${people}`
  address = `${username}@example.com`
})

const begin = (first: string): Record<string, string> => ({ username, first })

describe('sign-up with a password', () => {
  it('makes an account with a verified address, and carries on to the app at the basic level', async () => {
    const visitor = house.visitor()
    const { page, attempt } = await signUpToName(house, visitor, address, {
      scope: 'openid accounts',
    })
    const choose = await visitor.submit(page, begin('password'))
    const done = await visitor.submit(choose, { password })
    const tokens = await redeem(house, 'web', attempt, done)
    expect(tokens.accessToken).toMatchObject({ acr: 'basic', amr: ['pwd'] })
    const account = await house.store.accounts.byUsername(username)
    expect([account?.email, account?.id]).toEqual([address, tokens.idToken['sub']])
    const credentials = await house.store.credentials.forAccount(account?.id ?? '')
    expect(credentials.map(({ method }) => method)).toEqual(['password', 'email-code'])
    const types = (await house.store.securityEvents.recent(account?.id ?? '', 9)).map((e) => e.type)
    expect(types).toEqual(['signed_in', 'account_created'])
  })

  it('reaches no more in the same request than signing in does', async () => {
    const visitor = house.visitor()
    const { page } = await signUpToName(house, visitor, address, { acr_values: 'mfa' })
    const choose = await visitor.submit(page, begin('password'))
    const next = await visitor.submit(choose, { password })
    // Something further is to be set up, which does not count here by itself.
    expect(next.page).toBe('unreachable')
  })

  it('holds the password to the rules, and makes one account of a form that is sent twice', async () => {
    const visitor = house.visitor()
    const { page } = await signUpToName(house, visitor, address)
    const choose = await visitor.submit(page, begin('password'))
    const short = await visitor.submit(choose, { password: 'short' })
    expect([short.page, short.status]).toEqual(['sign-up-first', 422])
    await Promise.all([visitor.submit(short, { password }), visitor.submit(short, { password })])
    expect(made()).toHaveLength(1)
  })
})

describe('sign-up with a passkey alone', () => {
  it('makes an account without a password, which is entered by using the passkey', async () => {
    const visitor = house.visitor()
    const device = new PasskeyDevice()
    const { page, attempt } = await signUpToName(house, visitor, address)
    const create = await visitor.submit(page, begin('passkey'))
    const login = await device.answer(visitor, create)
    expect([login.page, login.html.includes('Your account is ready')]).toEqual(['login', true])
    const done = await device.answer(visitor, login)
    const tokens = await redeem(house, 'web', attempt, done)
    expect(tokens.idToken).toMatchObject({ acr: 'basic' })
    const id = String(tokens.idToken['sub'])
    const credentials = await house.store.credentials.forAccount(id)
    expect(credentials.map(({ method }) => method)).toEqual(['webauthn', 'email-code'])
    // In the next request it is a passkey as any other, which was used.
    expect(outcome((await ask(house, visitor, { acr_values: 'phr' })).page)).toBe('code')
  })

  it('does not satisfy the step-up that it was made in', async () => {
    const visitor = house.visitor()
    const device = new PasskeyDevice()
    const { page } = await signUpToName(house, visitor, address, { acr_values: 'phr' })
    const login = await device.answer(visitor, await visitor.submit(page, begin('passkey')))
    expect(outcome(await device.answer(visitor, login))).toBe('unmet_authentication_requirements')
  })

  it('names the basic level where the request names none', async () => {
    const visitor = house.visitor()
    const device = new PasskeyDevice()
    const { page, attempt } = await signUpToName(house, visitor, address, {
      acr_values: 'unheard-of basic',
    })
    const login = await device.answer(visitor, await visitor.submit(page, begin('passkey')))
    const tokens = await redeem(house, 'web', attempt, await device.answer(visitor, login))
    expect(tokens.idToken).toMatchObject({ acr: 'basic' })
  })
})

describe('who has an account', () => {
  it('is not told by the page: the owner of the address gets a letter, and no code is right', async () => {
    await house.addPerson(username, { email: address.toUpperCase() })
    const shown = []
    for (const email of [address, `free${people}@example.com`]) {
      const visitor = house.visitor()
      const { page: login } = await ask(house, visitor, {})
      const start = await visitor.press(login, 'Create an account')
      const page = await visitor.submit(start, { email })
      shown.push(page.html.replaceAll(/value="[^"]*"/g, '').replaceAll(/interaction\/[\w-]+/g, ''))
      const refused = await visitor.submit(page, { code: '12345678' })
      expect([refused.page, refused.status]).toEqual(['sign-up-code', 422])
    }
    expect(new Set(shown).size).toBe(1)
    const { mail } = await house.mail.letterTo(address)
    expect([mail.subject, codeIn(mail.text ?? '')]).toEqual([
      'You already have an account',
      undefined,
    ])
    expect(mail.text).toContain(username)
  })

  it('is told of a user name only to whoever has shown a mailbox', async () => {
    await house.addPerson(username)
    const visitor = house.visitor()
    const { page: login } = await ask(house, visitor, {})
    const start = await visitor.press(login, 'Create an account')
    const early = await visitor.post(start.url, {
      csrf_token: tokenOf(start),
      ...begin('password'),
    })
    expect(early.page).toBe('sign-up')
    const { page } = await signUpToName(house, visitor, address)
    const taken = await visitor.submit(page, begin('password'))
    expect([taken.page, taken.status]).toEqual(['sign-up-name', 422])
    const free = await visitor.submit(taken, { username: `${username}b`, first: 'password' })
    expect(free.page).toBe('sign-up-first')
  })

  it('is asked twenty times from one network and no more', async () => {
    const visitor = house.visitor()
    const { page } = await signUpToName(house, visitor, address)
    await house.addPerson(username)
    let current = page
    for (let count = 0; count < 20; count += 1) {
      current = await visitor.submit(current, begin('password'))
    }
    expect([current.status, current.headers.get('retry-after')]).toEqual([429, '900'])
  })

  it('is settled by who is first: a name that was taken meanwhile is chosen anew', async () => {
    const visitor = house.visitor()
    const { page } = await signUpToName(house, visitor, address)
    const choose = await visitor.submit(page, begin('password'))
    await house.addPerson(username.toUpperCase())
    const taken = await visitor.submit(choose, { password })
    expect([taken.page, taken.status]).toEqual(['sign-up-name', 422])
    const free = await visitor.submit(taken, { username: `${username}b`, first: 'password' })
    expect(outcome(await visitor.submit(free, { password }))).toBe('code')
  })

  it.each(['', ' ', 'a\u0000b', 'x'.repeat(257)])('refuses the user name %j', async (name) => {
    const visitor = house.visitor()
    const { page } = await signUpToName(house, visitor, address)
    const refused = await visitor.submit(page, { username: name, first: 'password' })
    expect([refused.page, refused.status]).toEqual(['sign-up-name', 422])
  })
})

describe('`prompt=create` (Initiating User Registration via OpenID Connect 1.0)', () => {
  it('shows the sign-up first, and the login to whoever has an account', async () => {
    const visitor = house.visitor()
    const { page, attempt } = await signUpToName(house, visitor, address, { prompt: 'create' })
    const choose = await visitor.submit(page, begin('password'))
    const tokens = await redeem(house, 'web', attempt, await visitor.submit(choose, { password }))
    expect(tokens.idToken).toMatchObject({ acr: 'basic' })
    const other = house.visitor()
    const ada = await house.addPerson(`ada${people}`)
    const { page: start } = await ask(house, other, { prompt: 'create' })
    const login = await other.press(start, 'I have an account: sign in')
    expect(login.page).toBe('login')
    expect(outcome(await answerPage(other, login, ada))).toBe('code')
  })

  it('beside a session of another account gives the new one its own', async () => {
    const visitor = house.visitor()
    const ada = await house.addPerson(`ada${people}`)
    const { page: login } = await ask(house, visitor, {})
    await answerPage(visitor, login, ada)
    const { page, attempt } = await signUpToName(house, visitor, address, { prompt: 'create' })
    const choose = await visitor.submit(page, begin('password'))
    const next = await visitor.submit(choose, { password })
    // The library ends the first one with a form of its own.
    const done = next.url.searchParams.has('code') ? next : await visitor.submit(next, {})
    const tokens = await redeem(house, 'web', attempt, done)
    expect(tokens.idToken['sub']).not.toBe(ada.accountId)
    expect(tokens.idToken).toMatchObject({ acr: 'basic' })
  })

  it('is advertised where sign-up is open, and refused where it is closed (§4.1)', async () => {
    expect(await promptsOf(house)).toContain('create')
    const closed = await openPeopleHouse('')
    try {
      expect(await promptsOf(closed)).not.toContain('create')
      const { page } = await ask(closed, closed.visitor(), { prompt: 'create' })
      expect(outcome(page)).toBe('invalid_request')
      const visitor = closed.visitor()
      const { page: login } = await ask(closed, visitor, {})
      expect(login.html).not.toContain('Create an account')
      expect((await visitor.get(`${login.url.pathname}/sign-up`)).page).toBe('login')
    } finally {
      await closed.close()
    }
  })
})

describe('sign-up without a verified address', () => {
  it('asks for none, and keeps none', async () => {
    const open = await openPeopleHouse(
      'signUp: { open: true, with: [password], verifyEmail: false }',
    )
    try {
      const visitor = open.visitor()
      const { page: login } = await ask(open, visitor, {})
      const name = await visitor.press(login, 'Create an account')
      expect(name.page).toBe('sign-up-name')
      const passkey = await visitor.submit(name, begin('passkey'))
      expect(passkey.page).toBe('sign-up-name')
      const choose = await visitor.submit(passkey, begin('password'))
      expect(outcome(await visitor.submit(choose, { password }))).toBe('code')
      expect((await open.store.accounts.byUsername(username))?.email).toBeUndefined()
    } finally {
      await open.close()
    }
  })
})

async function promptsOf({ issuer }: PeopleHouse): Promise<unknown> {
  const response = await fetch(new URL('/.well-known/openid-configuration', issuer))
  const metadata = (await response.json()) as Record<string, unknown>
  return metadata['prompt_values_supported']
}

function made(): readonly unknown[] {
  return house.events.filter(
    ({ type, at }) => type === 'account_created' && at >= Date.now() / 1000 - 60,
  )
}

function tokenOf(page: VisitedPage): string {
  return /name="csrf_token" value="([^"]+)"/.exec(page.html)?.[1] ?? ''
}
