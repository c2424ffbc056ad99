import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type TestHouse,
  type TestPerson,
  type VisitedPage,
  type Visitor,
  answerPages,
  formsOf,
  totpCode,
} from '@newel/testing/house'
import { accountClientId, withAccountClient } from '../src/account/account-client.ts'
import { freshSeconds } from '../src/account/fresh-proof.ts'
import { holdClock } from './hold-clock.ts'
import {
  ask,
  forgetAttempts,
  journey,
  now,
  openStepUpHouse,
  outcome,
  pass,
} from './step-up-house.ts'

let house: TestHouse
let ada: TestPerson
let people = 0

beforeAll(async () => {
  house = await openStepUpHouse()
})
afterAll(async () => {
  await house.close()
})
holdClock()
beforeEach(async () => {
  await forgetAttempts(house)
  people += 1
  ada = await house.addPerson(`ada${people}`, { totp: true })
})

/** Opens a page of the account, answering what is asked on the way. */
async function open(
  visitor: Visitor,
  path: string,
  person: TestPerson = ada,
): Promise<{ readonly page: VisitedPage; readonly asked: readonly string[] }> {
  return answerPages(visitor, await visitor.get(`/account${path}`), person)
}

async function idOf(method: string, person: TestPerson = ada): Promise<string> {
  const credentials = await house.store.credentials.forAccount(person.accountId)
  return credentials.find((credential) => credential.method === method)?.id ?? ''
}

async function addSecondApp(visitor: Visitor): Promise<VisitedPage> {
  const { page } = await open(visitor, '/add?method=totp')
  const key = /<p class="key"><code>([A-Z2-7 ]+)</.exec(page.html)?.[1]?.replaceAll(' ', '') ?? ''
  return visitor.submit(page, { code: totpCode(key, now()) })
}

const sessionLinks = (page: VisitedPage): readonly string[] =>
  [...page.html.matchAll(/\/account(\/sessions\/[\w-]+)"/g)].map(([, path]) => path ?? '')

describe('the account', () => {
  it('is shown to whoever is signed in, and asks the others to', async () => {
    const visitor = house.visitor()
    const { page, asked } = await open(visitor, '')
    expect([asked, page.page, page.status]).toEqual([['login:password'], 'account', 200])
    expect((await visitor.get('/account')).page).toBe('account')
    expect(page.html).toContain('Authenticator app')
  })

  it('says so where somebody would rather not sign in, and asks no more', async () => {
    const visitor = house.visitor()
    const login = await visitor.get('/account')
    const left = await visitor.press(login, 'Cancel')
    expect([left.page, left.status]).toEqual(['account-left', 403])
  })

  it('returns to its own pages alone, and spends the code', async () => {
    const visitor = house.visitor()
    await open(visitor, '')
    for (const state of [
      '//evil.example',
      'https://evil.example',
      '/../logout',
      '/add?method=x&y',
    ]) {
      const target = new URL('/account/callback', house.issuer)
      target.searchParams.set('state', state)
      expect((await visitor.redirectOf(target)).pathname).toBe('/account')
    }
  })

  it('stays open as long as the session is prolonged by use', async () => {
    const visitor = house.visitor()
    const { lifetimeSeconds } = house.document.session
    await open(visitor, '')
    for (let count = 0; count < 3; count += 1) {
      pass(lifetimeSeconds - 60)
      await journey(house, visitor, ada, { max_age: '1' })
    }
    const { page, asked } = await open(visitor, '')
    expect([asked, page.page, page.status]).toEqual([[], 'account', 200])
  })

  it('is closed to a disabled account', async () => {
    const visitor = house.visitor()
    await open(visitor, '')
    await house.store.accounts.setDisabled(ada.accountId, true)
    expect((await visitor.get('/account')).page).not.toBe('account')
  })
})

describe('a change of authenticators (CVE-2026-3429)', () => {
  it('asks for no proof of what the provider does not offer', async () => {
    const visitor = house.visitor()
    await open(visitor, '')
    const { page, asked } = await open(visitor, '/add?method=recovery-code')
    expect([asked, page.page]).toEqual([[], 'account'])
  })

  it('asks for its proof in the name of the provider', async () => {
    const visitor = house.visitor()
    await open(visitor, '')
    const page = await visitor.get('/account/add?method=totp')
    expect([page.page, page.html.includes('<strong>Newel Test</strong>')]).toEqual([
      'step-up',
      true,
    ])
  })

  it('takes the strongest proof that the person can give', async () => {
    const visitor = house.visitor()
    await open(visitor, '')
    const { page, asked } = await open(visitor, `/authenticators/${await idOf('totp')}`)
    expect([asked, page.page]).toEqual([['step-up:totp'], 'account-authenticator'])
  })

  it('takes a proof no older than stated, also where the page was opened in time', async () => {
    const visitor = house.visitor()
    await open(visitor, '')
    const { page } = await open(visitor, `/authenticators/${await idOf('totp')}`)
    pass(freshSeconds + 1)
    const late = await visitor.submit(page, { label: 'Phone' })
    expect([late.page, late.method]).toEqual(['step-up', 'totp'])
    const credential = await house.store.credentials.byId(await idOf('totp'))
    expect(credential?.label).toBe('Authenticator app')
    // Exactly as old as stated is fresh.
    const { page: again } = await answerPages(visitor, late, ada)
    pass(freshSeconds)
    const renamed = await visitor.submit(again, { label: '  Phone ' })
    expect(renamed.page).toBe('account')
    expect(renamed.html).toContain('<strong>Phone</strong>')
  })

  it('by a person without a second factor takes the first one, fresh', async () => {
    const ben = await house.addPerson(`ben${people}`)
    const visitor = house.visitor()
    await open(visitor, '', ben)
    pass(freshSeconds + 1)
    const { page, asked } = await open(visitor, '/add?method=totp', ben)
    expect([asked, page.page]).toEqual([['step-up:password'], 'enrol'])
  })

  it('is refused without the CSRF token, and from another origin', async () => {
    const visitor = house.visitor()
    await open(visitor, '')
    const path = `/account/authenticators/${await idOf('totp')}/remove`
    const { page } = await open(visitor, `/authenticators/${await idOf('totp')}`)
    expect((await visitor.post(path, {})).status).toBe(403)
    const { csrf_token: token = '' } = formsOf(page)[0]?.fields ?? {}
    const foreign = { origin: 'https://evil.example' }
    expect((await visitor.post(path, { csrf_token: token }, foreign)).status).toBe(403)
    expect(await idOf('totp')).not.toBe('')
  })

  it('reaches nobody else’s', async () => {
    const ben = await house.addPerson(`ben${people}`, { totp: true })
    const visitor = house.visitor()
    await open(visitor, '')
    const { page } = await open(visitor, `/authenticators/${await idOf('totp')}`)
    const { csrf_token: token = '' } = formsOf(page)[0]?.fields ?? {}
    const foreign = await idOf('totp', ben)
    await visitor.post(`/account/authenticators/${foreign}/remove`, { csrf_token: token })
    expect(await idOf('totp', ben)).toBe(foreign)
  })

  it.each([' ', 'x'.repeat(65), 'a\u202eb', 'a\u0000b'])('refuses the name %j', async (label) => {
    const visitor = house.visitor()
    await open(visitor, '')
    const { page } = await open(visitor, `/authenticators/${await idOf('totp')}`)
    const refused = await visitor.submit(page, { label })
    expect([refused.status, refused.page]).toEqual([422, 'account-authenticator'])
  })

  it('adds a second app, which proves nothing by being added, and removes one', async () => {
    const visitor = house.visitor()
    await open(visitor, '')
    const added = await addSecondApp(visitor)
    expect(added.page).toBe('account')
    expect(await house.store.credentials.forAccount(ada.accountId)).toHaveLength(3)
    const { page } = await open(visitor, `/authenticators/${await idOf('totp')}`)
    await visitor.press(page, 'Remove')
    expect(await house.store.credentials.forAccount(ada.accountId)).toHaveLength(2)
    const types = (await house.store.securityEvents.recent(ada.accountId, 9)).map((e) => e.type)
    expect(types).toEqual(['authenticator_removed', 'authenticator_enrolled', 'signed_in'])
    // What the removed app proved is worth nothing any more.
    expect((await ask(house, visitor, { acr_values: 'mfa' })).page.page).toBe('step-up')
  })

  it('never removes the last way to sign in', async () => {
    const visitor = house.visitor()
    await open(visitor, '')
    const { page } = await open(visitor, `/authenticators/${await idOf('totp')}`)
    const { csrf_token: token = '' } = formsOf(page)[0]?.fields ?? {}
    const password = await idOf('password')
    const refused = await visitor.post(`/account/authenticators/${password}/remove`, {
      csrf_token: token,
    })
    expect(refused.status).toBe(422)
    expect(await idOf('password')).toBe(password)
  })

  it('of the password ends what the old one proved, everywhere', async () => {
    const visitor = house.visitor()
    await open(visitor, '')
    const other = house.visitor()
    await journey(house, other, ada)
    const { page } = await open(visitor, '/password')
    const changed = await visitor.submit(page, { password: 'a wholly new sentence' })
    expect(changed.page).toBe('step-up')
    expect((await ask(house, other, {})).page.page).toBe('step-up')
    const after = { ...ada, password: 'a wholly new sentence' }
    expect((await answerPages(visitor, changed, after)).page.page).toBe('account')
  })
})

describe('sessions', () => {
  it('are listed with what they hold, and another one is ended only with a proof', async () => {
    const other = house.visitor()
    const tokens = await journey(house, other, ada)
    expect(tokens.status).toBe(200)
    const visitor = house.visitor()
    const { page } = await open(visitor, '')
    const links = sessionLinks(page)
    expect(links).toHaveLength(2)
    expect(page.html).toContain('this browser')
    const own = /this browser[\s\S]*?\/account(\/sessions\/[\w-]+)"/.exec(page.html)?.[1]
    const foreign = links.find((link) => link !== own) ?? ''
    const { page: session, asked } = await open(visitor, foreign)
    expect([asked, session.page]).toEqual([['step-up:totp'], 'account-session'])
    await visitor.press(session, 'End this session')
    expect((await ask(house, other, {})).page.page).toBe('login')
    const refreshed = await fetch(new URL('/token', house.issuer), {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: 'web',
        refresh_token: String(tokens.raw.refresh_token),
      }),
    })
    expect(refreshed.status).toBe(400)
  })

  it('end all but this one, or all', async () => {
    const other = house.visitor()
    await journey(house, other, ada)
    const visitor = house.visitor()
    await open(visitor, '')
    const { page } = await open(visitor, '/sessions')
    await visitor.press(page, 'End all other sessions')
    expect((await ask(house, other, {})).page.page).toBe('login')
    expect((await visitor.get('/account')).page).toBe('account')
    const { page: again } = await open(visitor, '/sessions')
    const ended = await visitor.press(again, 'End all sessions, this one too')
    expect(ended.page).toBe('login')
  })

  it('give up their elevation and stay signed in', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada, { acr_values: 'mfa' })
    expect(outcome((await ask(house, visitor, { acr_values: 'mfa' })).page)).toBe('code')
    const { page } = await open(visitor, '')
    const { page: session, asked } = await open(visitor, sessionLinks(page)[0] ?? '')
    expect(asked).toEqual([])
    await visitor.press(session, 'Drop only the raised level')
    expect(outcome((await ask(house, visitor, { acr_values: 'basic' })).page)).toBe('code')
    const { page: next } = await ask(house, visitor, { acr_values: 'mfa' })
    expect([next.page, next.method]).toEqual(['step-up', 'totp'])
  })
})

describe('the built-in client', () => {
  it('is in no document', () => {
    expect(house.document.clients.some(({ id }) => id === accountClientId)).toBe(false)
  })

  it('leaves nothing for its id to be taken by another', () => {
    const [client] = house.document.clients
    const clients = client === undefined ? [] : [{ ...client, id: accountClientId }]
    expect(() => withAccountClient({ ...house.document, clients })).toThrow(
      expect.objectContaining({ code: 'provider_configuration' }),
    )
  })
})
