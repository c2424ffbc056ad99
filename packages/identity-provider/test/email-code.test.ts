import { createServer } from 'node:net'
import {
  type TestHouse,
  type TestMailServer,
  type TestPerson,
  type VisitedPage,
  type Visitor,
  confirmAddress,
  freePort,
  openTestHouse,
  startMailServer,
  redeem,
  totpCode,
} from '@newel/testing/house'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { holdClock } from './hold-clock.ts'
import { ask, now, outcome, pass } from './step-up-house.ts'

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
  ada = await house.addPerson(`ada${people}`)
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
  mail: { accepts: [password + email-code], lifetime: 30m }
  mfa: { accepts: [password + totp], lifetime: 15m, satisfies: [mail, basic] }
methods: { email-code: { highest: mail } }
lockout: { attempts: 5 }
enrolment: { duringStepUp: true }
resources:
  - { id: 'https://api.test', name: API, scopes: { accounts: Read accounts } }
clients:
  - { id: web, type: spa, redirectUris: ['${redirectUri}'], default: basic, resources: ['https://api.test'], scopes: [openid, email, accounts] }
`,
  )
}

interface Asked {
  readonly visitor: Visitor
  readonly page: VisitedPage
  readonly attempt: Awaited<ReturnType<typeof ask>>['attempt']
}

async function asked(acr = 'mail', at = house, person = ada): Promise<Asked> {
  const visitor = at.visitor()
  const { page, attempt } = await ask(at, visitor, { acr_values: acr, scope: 'openid email' })
  const { username, password } = person
  return { visitor, attempt, page: await visitor.submit(page, { username, password }) }
}

async function codeIn(count = 1, to = address): Promise<string> {
  // Letters with codes come in their order, with notices between them.
  for (let letter = 1, seen = 0; ; letter += 1) {
    const { mail } = await server.letterTo(to, letter)
    const code = /\d{4} \d{4}/.exec(mail.text ?? '')?.[0]
    if (code !== undefined) seen += 1
    if (code !== undefined && seen === count) return code
  }
}

/** Notices go there as well. */
function lettersTo(to: string): number {
  return server.letters.filter(
    ({ recipients, mail }) =>
      recipients.includes(to) && mail.subject?.includes('code for') === true,
  ).length
}

const wrong = '0000 0000'

describe('a code by mail in a step-up', () => {
  it('reaches a level that names it, says so as `otp` and as no second kind of factor', async () => {
    const { visitor, page, attempt } = await asked()
    expect(page).toMatchObject({ page: 'step-up', method: 'email-code', status: 200 })
    expect(page.html).toContain('a•••@example.com')
    expect(page.html).not.toContain(address)
    const done = await visitor.submit(page, { code: await codeIn() })
    const { idToken } = await redeem(house, 'web', attempt, done)
    expect(idToken).toMatchObject({ acr: 'mail', amr: ['otp', 'pwd'] })
    expect(idToken).toMatchObject({ email: address, email_verified: true })
  })

  it('never reaches the level above its cap', async () => {
    const { page } = await asked('mfa')
    expect(page.page).toBe('unreachable')
    expect(lettersTo(address)).toBe(0)
  })

  it('is sent once, however often the page is opened, also in two tabs at once', async () => {
    const { visitor, page } = await asked()
    await codeIn()
    await Promise.all([visitor.get(page.url), visitor.get(page.url)])
    expect(lettersTo(address)).toBe(1)
  })

  it('is sent once where two tabs come to it at the same moment', async () => {
    const visitor = house.visitor()
    const { page } = await ask(house, visitor, { acr_values: 'mail' })
    const { username, password } = ada
    const next = await visitor.submitAndStay(page, { username, password })
    const step = await visitor.redirectOf(next)
    const pages = await Promise.all([visitor.get(step), visitor.get(step), visitor.get(step)])
    expect(pages.map(({ method }) => method)).toEqual(Array(3).fill('email-code'))
    await codeIn()
    expect(lettersTo(address)).toBe(1)
  })

  it('is refused where it is wrong, and right after that', async () => {
    const { visitor, page } = await asked()
    const refused = await visitor.submit(page, { code: wrong })
    expect(refused).toMatchObject({ page: 'step-up', status: 422 })
    expect(outcome(await visitor.submit(refused, { code: await codeIn() }))).toBe('code')
  })

  it('counts towards the lockout where it is wrong, which another letter does not undo (behaviour 31)', async () => {
    const { visitor, page } = await asked()
    let current = page
    for (let count = 0; count < 4; count += 1) {
      current = await visitor.submit(current, { code: wrong })
    }
    pass(31)
    current = await visitor.press(current, 'Send another code')
    current = await visitor.submit(current, { code: wrong })
    expect(current).toMatchObject({ page: 'locked', method: 'email-code' })
    const elsewhere = await asked()
    expect(elsewhere.page.page).toBe('locked')
    expect(lettersTo(address)).toBe(2)
  })

  it('is not good any more after ten minutes', async () => {
    const { visitor, page } = await asked()
    const code = await codeIn()
    pass(600)
    const late = await visitor.submit(page, { code })
    expect(outcome(late)).not.toBe('code')
    expect(late.status).not.toBe(303)
  })

  it('is no code for another interaction of the same person (behaviour 20)', async () => {
    const first = await asked()
    const second = await asked()
    await codeIn(2)
    const refused = await second.visitor.submit(second.page, { code: await codeIn(1) })
    expect(refused).toMatchObject({ page: 'step-up', status: 422 })
    expect(outcome(await first.visitor.submit(first.page, { code: await codeIn(1) }))).toBe('code')
  })

  it('works once: of twenty answers at once one ends the step-up (by analogy with behaviour 30)', async () => {
    const { visitor, page, attempt } = await asked()
    const code = await codeIn()
    await Promise.all(Array.from({ length: 20 }, async () => visitor.submitAndStay(page, { code })))
    const accepted = house.events.filter(
      (event) =>
        event.type === 'proof_accepted' &&
        event.method === 'email-code' &&
        event.accountId === ada.accountId,
    )
    expect(accepted).toHaveLength(1)
    const { idToken } = await redeem(house, 'web', attempt, await visitor.get(page.url))
    expect(idToken).toMatchObject({ acr: 'mail' })
  })

  it('does not come again at once, and the one before is good for nothing once another came', async () => {
    const { visitor, page } = await asked()
    const first = await codeIn(1)
    const early = await visitor.press(page, 'Send another code')
    expect(early).toMatchObject({ page: 'step-up', status: 429 })
    expect(lettersTo(address)).toBe(1)
    pass(30)
    const again = await visitor.press(early, 'Send another code')
    expect(again).toMatchObject({ page: 'step-up', status: 200 })
    const second = await codeIn(2)
    const old = await visitor.submit(again, { code: first })
    expect(old).toMatchObject({ page: 'step-up', status: 422 })
    expect(outcome(await visitor.submit(old, { code: second }))).toBe('code')
  })

  it('is not sent without end, and the last one stays good', async () => {
    const { visitor, page } = await asked()
    let current = page
    for (let count = 1; count < 5; count += 1) {
      pass(31)
      current = await visitor.press(current, 'Send another code')
      expect(current.status).toBe(200)
    }
    pass(31)
    const refused = await visitor.press(current, 'Send another code')
    expect(refused).toMatchObject({ page: 'step-up', status: 429 })
    expect(lettersTo(address)).toBe(5)
    expect(outcome(await visitor.submit(refused, { code: await codeIn(5) }))).toBe('code')
  })

  it('proves nothing once its address was removed or changed (behaviour 32)', async () => {
    const { visitor, page } = await asked()
    const code = await codeIn()
    await confirmAddress(house, ada, `new-${address}`)
    expect(outcome(await visitor.submit(page, { code }))).not.toBe('code')
  })

  it('is in no event, and neither is the address', async () => {
    const { visitor, page } = await asked()
    const code = await codeIn()
    await visitor.submit(page, { code })
    const told = JSON.stringify(house.events)
    expect(told).not.toContain(code.replace(' ', ''))
    expect(told).not.toContain(address)
  })
})

describe('without the mail server', () => {
  it('the page says that no letter went out, asks for no code, and nobody is locked out by it', async () => {
    const down = await houseWith(await freePort())
    const bob = await down.addPerson('bob')
    await confirmAddress(down, bob, 'bob@example.com')
    const { visitor, page } = await asked('mail', down, bob)
    expect(page).toMatchObject({ page: 'step-up', method: 'email-code', status: 503 })
    expect(page.html).not.toContain('name="code"')
    let current = page
    for (let count = 0; count < 6; count += 1) {
      current = await visitor.press(current, 'Send a code')
      expect(current).toMatchObject({ page: 'step-up', status: 503 })
    }
    await down.close()
  })

  it('a server that takes the connection and never speaks does not keep the page for ever', async () => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve)
    })
    const at = silent.address()
    const down = await houseWith(typeof at === 'object' ? (at?.port ?? 0) : 0)
    const bob = await down.addPerson('bob')
    await confirmAddress(down, bob, 'bob@example.com')
    const { page } = await asked('mail', down, bob)
    expect(page).toMatchObject({ page: 'step-up', status: 503 })
    await down.close()
    silent.close()
  }, 30_000)
})

describe('without a mailer', () => {
  const levels =
    (mail: string): Parameters<typeof openTestHouse>[0] =>
    ({ issuer, redirectUri }) =>
      `
issuer: ${issuer}
levels:
  basic: { accepts: [password], lifetime: 12h }
  mail: { accepts: [${mail}], lifetime: 30m }
enrolment: { duringStepUp: true }
clients:
  - { id: web, type: spa, redirectUris: ['${redirectUri}'], default: basic }
`

  it('codes are not offered: neither asked for, nor set up on the way, nor on the account pages', async () => {
    const silent = await openTestHouse(levels('password + email-code, password + totp'))
    const bob = await silent.addPerson('bob')
    await confirmAddress(silent, bob, 'bob@example.com')
    const visitor = silent.visitor()
    const { page } = await ask(silent, visitor, {
      acr_values: 'mail',
      resource: '',
      scope: 'openid',
    })
    const { username, password } = bob
    const shown = await visitor.submit(page, { username, password })
    expect(shown.page).toBe('unreachable')
    expect(shown.html).toContain('value="totp"')
    expect(shown.html).not.toContain('value="email-code"')
    const account = await visitor.get('/account/add?method=email-code')
    expect(account.page).toBe('account')
    expect(account.html).not.toContain('method=email-code')
    await silent.close()
  })

  it('the provider does not start with a level that accepts nothing else, and says why', async () => {
    await expect(openTestHouse(levels('password + email-code'))).rejects.toMatchObject({
      code: 'provider_configuration',
      message: expect.stringMatching(/`mail`.*codes by mail need `mail`/),
    })
  })
})

describe('an address', () => {
  async function signedIn(person: TestPerson): Promise<Visitor> {
    const visitor = house.visitor()
    const { username, password } = person
    await visitor.submit(await visitor.get('/account'), { username, password })
    return visitor
  }

  it('is confirmed on the account pages by the code that was sent to it, and is the email from then on', async () => {
    const grace = await house.addPerson(`grace${people}`, { totp: true })
    const to = `grace${people}@example.com`
    const visitor = await signedIn(grace)
    let page = await visitor.get('/account/add?method=email-code')
    // The strongest fresh proof comes first (behaviour 24).
    expect(page).toMatchObject({ page: 'step-up' })
    if (page.method === 'password') page = await visitor.submit(page, { password: grace.password })
    page = await visitor.submit(page, { code: totpCode(grace.totpKey, now()) })
    expect(page).toMatchObject({ page: 'enrol', method: 'email-code' })
    expect(await visitor.submit(page, { address: 'grace' })).toMatchObject({ status: 422 })
    page = await visitor.submit(page, { address: to })
    expect(page.html).toContain(to)
    expect((await house.store.credentials.forAccount(grace.accountId)).length).toBe(2)
    const refused = await visitor.submit(page, { code: wrong })
    expect(refused).toMatchObject({ page: 'enrol', status: 422 })
    const done = await visitor.submit(refused, { code: await codeIn(1, to) })
    expect(done.page).toBe('account')
    expect(done.html).toContain(to)
    expect(await house.store.accounts.byId(grace.accountId)).toMatchObject({ email: to })
  })

  it('that was never confirmed is stated as not verified', async () => {
    const account = await house.store.accounts.byId(ada.accountId)
    const credentials = await house.store.credentials.forAccount(ada.accountId)
    for (const { id, method } of credentials) {
      if (method === 'email-code') await house.store.credentials.remove(id)
    }
    expect(account?.email).toBe(address)
    const { page, attempt } = await asked('basic')
    const { idToken } = await redeem(house, 'web', attempt, page)
    expect(idToken).toMatchObject({ email: address, email_verified: false })
  })

  it('is confirmed on the way, which does not count for the request at hand (behaviour 25)', async () => {
    const carol = await house.addPerson(`carol${people}`)
    const to = `carol${people}@example.com`
    let { page } = await asked('mail', house, carol).then(async ({ visitor, page: first }) => {
      expect(first.page).toBe('unreachable')
      let current = await visitor.submit(first, { method: 'email-code' })
      if (current.page === 'step-up') {
        current = await visitor.submit(current, { password: carol.password })
      }
      current = await visitor.submit(current, { address: to })
      current = await visitor.submit(current, { code: await codeIn(1, to) })
      expect(current).toMatchObject({ page: 'enrolled', method: 'email-code' })
      return { page: await visitor.press(current, 'Continue') }
    })
    expect(outcome(page)).toBe('unmet_authentication_requirements')
    const again = await asked('mail', house, carol)
    page = await again.visitor.submit(again.page, { code: await codeIn(2, to) })
    expect(outcome(page)).toBe('code')
  })
})
