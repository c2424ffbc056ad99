import {
  type TestHouse,
  type TestMailServer,
  type TestPerson,
  type Visitor,
  answerPages,
  confirmAddress,
  freePort,
  openTestHouse,
  startMailServer,
} from '@newel/testing/house'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { holdClock } from './hold-clock.ts'
import { ask, now, pass } from './step-up-house.ts'

let server: TestMailServer
let house: TestHouse
let ada: TestPerson
let address: string
let people = 0

beforeAll(async () => {
  server = await startMailServer()
  house = await houseWith(server.port)
})
afterAll(async () => {
  await house.close()
  await server.close()
})
holdClock()
beforeEach(async () => {
  people += 1
  address = `ada${people}@example.com`
  ada = await house.addPerson(`ada${people}`, { totp: true })
  await confirmAddress(house, ada, address)
})

async function houseWith(port: number): Promise<TestHouse> {
  return openTestHouse(
    ({ issuer, redirectUri }) => `
issuer: ${issuer}
name: Northgate ID
mail: { from: id@example.com, smtp: { host: 127.0.0.1, port: ${port}, tls: none } }
levels:
  basic: { accepts: [password], lifetime: 12h }
  mfa: { accepts: [password + totp, password + recovery-code], lifetime: 15m }
lockout: { attempts: 3 }
clients:
  - { id: web, type: spa, redirectUris: ['${redirectUri}'], default: basic }
`,
  )
}

const firefox = {
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
}

async function atAccount(
  path = '/account',
  at = house,
  person = ada,
): Promise<{
  visitor: Visitor
  page: Awaited<ReturnType<Visitor['get']>>
}> {
  const visitor = at.visitor()
  const first = await visitor.get(path)
  const { page } = await answerPages(visitor, first, person)
  return { visitor, page }
}

/** Signed in, and at the page after the fresh proof that it takes. */
async function proved(path: string): Promise<Awaited<ReturnType<typeof atAccount>>> {
  const { visitor } = await atAccount()
  const { page } = await answerPages(visitor, await visitor.get(path), ada)
  return { visitor, page }
}

function subjectsTo(to: string): readonly (string | undefined)[] {
  return server.letters
    .filter(({ recipients }) => recipients.includes(to))
    .map(({ mail }) => mail.subject)
}

describe('a notice', () => {
  it('tells of a changed password: who, when and from where, without a link', async () => {
    const { visitor, page } = await proved('/account/password')
    expect(page.page).toBe('account-password')
    await visitor.submit(page, { password: 'a completely different one' })
    const { mail } = await server.letterTo(address)
    expect(mail.subject).toBe('Your password was changed')
    expect(mail.text).toContain(`“${ada.username}”`)
    expect(mail.text).toContain('127.0.0.1')
    expect(mail.text).toContain(new Date(now() * 1000).toISOString().slice(0, 10))
    expect(`${mail.text}${mail.html}`).not.toMatch(/https?:|<a |<img/)
    expect(mail.text).not.toContain('a completely different one')
  })

  it('tells of an authenticator that was removed', async () => {
    const credentials = await house.store.credentials.forAccount(ada.accountId)
    const totp = credentials.find(({ method }) => method === 'totp')
    const { visitor, page } = await proved(`/account/authenticators/${totp?.id ?? ''}`)
    await visitor.press(page, 'Remove')
    const { mail } = await server.letterTo(address)
    expect(mail.subject).toBe('A way to sign in was removed from your account')
    expect(mail.text).toContain('One-time code')
  })

  it('tells of new recovery codes, and of one that was used', async () => {
    const { visitor, page } = await proved('/account/add?method=recovery-code')
    const code = /<code>([0-9A-Z-]{19})<\/code>/.exec(page.html)?.[1] ?? ''
    await visitor.press(page, 'I have kept them')
    expect((await server.letterTo(address)).mail.subject).toBe('New recovery codes were made')
    pass(16 * 60)
    const { page: asked } = await ask(house, visitor, {
      acr_values: 'mfa',
      resource: '',
      scope: 'openid',
    })
    expect(asked.page).toBe('step-up')
    const other = await visitor.submit(await visitor.press(asked, 'Try another way'), {
      method: 'recovery-code',
    })
    await visitor.submit(other, { code })
    const { mail } = await server.letterTo(address, 2)
    expect(mail.subject).toBe('A recovery code was used')
    expect(mail.text).not.toContain(code)
  })

  it('tells of a method that was locked', async () => {
    const visitor = house.visitor()
    let { page } = await ask(house, visitor, { resource: '', scope: 'openid' })
    for (let count = 0; count < 3; count += 1) {
      page = await visitor.submit(page, { username: ada.username, password: 'wrong guess' })
    }
    expect(page.page).toBe('locked')
    const { mail } = await server.letterTo(address)
    expect(mail.subject).toBe('Wrong answers were given for your account')
    expect(mail.text).toContain('Password')
  })

  it('tells the former address of another one, and the other one that it was added', async () => {
    const { visitor, page } = await proved('/account/add?method=email-code')
    const to = `new-${address}`
    const asked = await visitor.submit(page, { address: to })
    const { mail } = await server.letterTo(to)
    await visitor.submit(asked, { code: /\d{4} \d{4}/.exec(mail.text ?? '')?.[0] ?? '' })
    const former = await server.letterTo(address)
    expect(former.mail.subject).toBe('The email address of your account was changed')
    expect(former.mail.text).not.toContain(to)
    const added = await server.letterTo(to, 2)
    expect(added.mail.subject).toBe('A way to sign in was added to your account')
  })

  it('tells of a device that was not used lately, and of no other', async () => {
    const sign = async (headers: Readonly<Record<string, string>>): Promise<void> => {
      const visitor = house.visitor()
      const { page } = await ask(house, visitor, { resource: '', scope: 'openid' })
      const csrf = /name="csrf_token" value="([^"]+)"/.exec(page.html)?.[1] ?? ''
      const { username, password } = ada
      const fields = { csrf_token: csrf, method: 'password', username, password }
      await visitor.post(page.url, fields, headers)
      pass(1)
    }
    const chrome = { 'user-agent': 'Mozilla/5.0 (Windows NT 10.0) Chrome/140.0.0.0 Safari/537.36' }
    await sign(firefox)
    await sign(firefox)
    await sign(chrome)
    const { mail } = await server.letterTo(address)
    expect(mail.subject).toBe('Your account was used on another device')
    expect(mail.text).toContain('Chrome (Windows)')
    await sign(chrome)
    await sign(firefox)
    await visitorOf('/account/password')
    expect(subjectsTo(address)).toEqual([
      'Your account was used on another device',
      'Your password was changed',
    ])
  })

  /** Something that is surely told, after all that may be. */
  async function visitorOf(path: string): Promise<void> {
    const { visitor, page } = await proved(path)
    await visitor.submit(page, { password: 'a completely different one' })
    await server.letterTo(address, 2)
  }

  it('goes to the email of the account where none is verified', async () => {
    const [credential] = (await house.store.credentials.forAccount(ada.accountId)).filter(
      ({ method }) => method === 'email-code',
    )
    await house.store.credentials.remove(credential?.id ?? '')
    const { visitor, page } = await proved('/account/password')
    await visitor.submit(page, { password: 'a completely different one' })
    expect((await server.letterTo(address)).mail.subject).toBe('Your password was changed')
  })

  it('comes in the language that was spoken when it happened', async () => {
    const { visitor, page } = await proved('/account/password')
    const csrf = /name="csrf_token" value="([^"]+)"/.exec(page.html)?.[1] ?? ''
    await visitor.post(
      '/account/password',
      { csrf_token: csrf, password: 'ein ganz anderes Wort' },
      { 'accept-language': 'de-CH, en;q=0.5' },
    )
    expect((await server.letterTo(address)).mail.subject).toBe('Ihr Passwort wurde geändert')
  })
})

describe('a mail server that is away', () => {
  it('delays nothing and makes nothing fail, and the end does not wait for it', async () => {
    const down = await houseWith(await freePort())
    const bob = await down.addPerson('bob', { totp: true })
    await confirmAddress(down, bob, 'bob@example.com')
    const { visitor } = await atAccount('/account', down, bob)
    const { page } = await answerPages(visitor, await visitor.get('/account/password'), bob)
    const done = await visitor.submit(page, { password: 'a completely different one' })
    expect(done.status).toBe(200)
    expect(down.events).toContainEqual(expect.objectContaining({ type: 'password_changed' }))
    await down.close()
  })

  it('that comes back in time gets what waited, also while the provider ends', async () => {
    let away = true
    const flaky = await startMailServer({
      refuse: () => (away ? new Error('come back later') : undefined),
    })
    const slow = await houseWith(flaky.port)
    const bob = await slow.addPerson('bob', { totp: true })
    await confirmAddress(slow, bob, 'bob@example.com')
    const { visitor } = await atAccount('/account', slow, bob)
    const { page } = await answerPages(visitor, await visitor.get('/account/password'), bob)
    await visitor.submit(page, { password: 'a completely different one' })
    away = false
    await slow.close()
    expect((await flaky.letterTo('bob@example.com')).mail.subject).toBe('Your password was changed')
    await flaky.close()
  })
})
