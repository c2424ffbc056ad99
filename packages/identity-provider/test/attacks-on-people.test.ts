import type { VisitedPage, Visitor } from '@newel/testing/house'
import { PasskeyDevice } from '@newel/testing/passkey-device'
import { answerPage, answerPages, confirmAddress, redeem } from '@newel/testing/house'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { holdClock } from './hold-clock.ts'
import {
  type PeopleHouse,
  codeFor,
  forgetPassword,
  openPeopleHouse,
  signUpToName,
} from './people-house.ts'
import { ask, forgetAttempts, journey, now, outcome, pass } from './step-up-house.ts'

let house: PeopleHouse
let people = 0
let username: string
let address: string
const password = 'a long enough sentence'

beforeAll(async () => {
  house = await openPeopleHouse()
})
afterAll(async () => {
  await house.close()
})
holdClock()
beforeEach(async () => {
  people += 1
  // Beyond every window of the tests before.
  pass(people * 3600)
  await forgetAttempts(house)
  username = `mallory${people}`
  address = `${username}@example.com`
})

/** What is told of an answer that is surely wrong. */
async function toldOfWrongCode(visitor: Visitor, page: VisitedPage): Promise<string> {
  const { html } = await visitor.submit(page, { code: 'x00000000'.slice(1) })
  return html.replaceAll(/value="[^"]*"/g, '').replaceAll(/interaction\/[\w-]+/g, '')
}

describe('what was just made at sign-up', () => {
  it('proves no step-up of that request, whatever else is begun in between', async () => {
    const visitor = house.visitor()
    const device = new PasskeyDevice()
    const { page } = await signUpToName(house, visitor, address, { acr_values: 'phr' })
    const create = await visitor.submit(page, { username, first: 'passkey' })
    const login = await device.answer(visitor, create)
    expect(login.page).toBe('login')
    const interaction = login.url.pathname
    const forgotten = await visitor.get(`${interaction}/reset`)
    if (forgotten.page === 'reset') await visitor.submit(forgotten, { username: 'nobody at all' })
    const again = await visitor.get(`${interaction}/sign-up`)
    if (again.page === 'sign-up') await visitor.submit(again, { email: `b${address}` })
    const back = await visitor.get(`${interaction}?sign-in=1`)
    expect(outcome(await device.answer(visitor, back))).toBe('unmet_authentication_requirements')
  })

  it('is one account: nobody makes a second one in the same request', async () => {
    const visitor = house.visitor()
    const device = new PasskeyDevice()
    const { page } = await signUpToName(house, visitor, address)
    const login = await device.answer(
      visitor,
      await visitor.submit(page, { username, first: 'passkey' }),
    )
    expect(login.html).not.toContain('Create an account')
    const again = await visitor.get(`${login.url.pathname}/sign-up`)
    expect(again.page).toBe('login')
  })

  it('is no passkey that somebody has already', async () => {
    const victim = house.visitor()
    const { page } = await signUpToName(house, victim, address)
    const create = await victim.submit(page, { username, first: 'passkey' })
    const sent = vi.spyOn(victim, 'submit')
    await new PasskeyDevice().answer(victim, create)
    const made = sent.mock.lastCall?.[1]?.['webauthn_response'] ?? ''
    address = `second${address}`
    const thief = house.visitor()
    const { page: name } = await signUpToName(house, thief, address)
    const taken = await thief.submit(name, { username: `${username}b`, first: 'passkey' })
    // No attestation signs the challenge.
    const refused = await thief.submit(taken, { webauthn_response: withChallengeOf(taken, made) })
    expect([refused.page, refused.status]).toEqual(['sign-up-name', 422])
    expect(await house.store.accounts.byUsername(`${username}b`)).toBeUndefined()
  })

  it('is not made beside a request for somebody else (behaviour 16)', async () => {
    const visitor = house.visitor()
    const ada = await house.addReachable(`ada${people}`)
    const { page: login, attempt } = await ask(house, visitor, {})
    const tokens = await redeem(house, 'web', attempt, await answerPage(visitor, login, ada))
    const other = house.visitor()
    const { page } = await ask(house, other, { id_token_hint: String(tokens.raw.id_token) })
    expect([page.page, page.html.includes('Create an account')]).toEqual(['login', false])
    expect((await other.get(`${page.url.pathname}/sign-up`)).page).toBe('login')
  })
})

describe('a user name in the form of an address', () => {
  it('is taken at sign-up by nobody but whoever has shown that address', async () => {
    const visitor = house.visitor()
    const { page } = await signUpToName(house, visitor, address)
    const refused = await visitor.submit(page, {
      username: `victim${people}@example.com`,
      first: 'password',
    })
    expect([refused.page, refused.status]).toEqual(['sign-up-name', 422])
    const own = await visitor.submit(refused, {
      username: address.toUpperCase(),
      first: 'password',
    })
    expect(own.page).toBe('sign-up-first')
    expect(outcome(await visitor.submit(own, { password }))).toBe('code')
  })

  it('keeps nobody from their account: at a reset an address is whoever confirmed it', async () => {
    const victim = await house.addReachable(`victim${people}`)
    const theirs = `victim${people}@example.com`
    await confirmAddress(house, victim, theirs)
    // As an upstream would name one that it makes an account for.
    const squatter = await house.addPerson(theirs, { email: `squatter${people}@example.com` })
    expect(squatter.accountId).not.toBe(victim.accountId)
    await house.addPerson(`liar${people}`, { email: theirs })
    await forgetPassword(house, house.visitor(), theirs)
    expect(await codeFor(house, theirs)).toMatch(/^\d{8}$/)
  })
})

describe('a reset by mail', () => {
  it('is over when the address was changed after the letter went out', async () => {
    const ada = await house.addReachable(`ada${people}`)
    const old = `ada${people}@example.com`
    const thief = house.visitor()
    const page = await forgetPassword(house, thief, ada.username)
    const code = await codeFor(house, old)
    await confirmAddress(house, ada, `new.${old}`)
    const refused = await thief.submit(page, { code })
    expect([refused.page, refused.status]).toEqual(['reset-code', 422])
  })

  it('is over when the address was changed after the code came back', async () => {
    const ada = await house.addReachable(`ada${people}`)
    const old = `ada${people}@example.com`
    const thief = house.visitor()
    const page = await forgetPassword(house, thief, ada.username)
    const choose = await thief.submit(page, { code: await codeFor(house, old) })
    expect(choose.page).toBe('reset-password')
    await confirmAddress(house, ada, `new.${old}`)
    expect((await thief.submit(choose, { password: 'the password of a thief' })).page).toBe('reset')
    expect((await journey(house, house.visitor(), ada)).status).toBe(200)
  })

  it('does not tell by the sixth letter whose address it is', async () => {
    const ada = await house.addReachable(`ada${people}`)
    const theirs = `ada${people}@example.com`
    for (let count = 0; count < 5; count += 1) await forgetPassword(house, house.visitor(), theirs)
    const told = []
    for (const named of [ada.username, `nobody${people}`]) {
      const visitor = house.visitor()
      told.push(await toldOfWrongCode(visitor, await forgetPassword(house, visitor, named)))
    }
    expect(new Set(told).size).toBe(1)
  })
})

describe('what was called lost', () => {
  it('stops the recovery by every use, also one straight after another or after the report', async () => {
    const ada = await house.addReachable(`ada${people}`, { totp: true })
    const totp = (await house.store.credentials.forAccount(ada.accountId)).find(
      ({ method }) => method === 'totp',
    )
    const visitor = house.visitor()
    const first = await journey(house, visitor, ada, { acr_values: 'mfa' })
    expect(first.asked).toContain('step-up:totp')
    pass(30)
    await house.store.recoveries.begin(
      {
        id: `recovery${people}`,
        accountId: ada.accountId,
        credentialIds: [totp?.id ?? ''],
        requestedAt: now(),
        readyAt: now() + 86_400,
        expiresAt: now() + 172_800,
      },
      now(),
    )
    pass(1)
    // Another browser of the owner.
    await journey(house, house.visitor(), ada, { acr_values: 'mfa' })
    pass(86_400)
    const owner = house.visitor()
    const { page } = await answerPages(owner, await owner.get('/account'), ada)
    expect(page.html).not.toContain('Remove it now')
    expect(await house.store.recoveries.read(ada.accountId, now())).toBeUndefined()
  })
})

function withChallengeOf({ html }: VisitedPage, made: string): string {
  const challenge = /&quot;challenge&quot;:&quot;([\w-]+)&quot;/.exec(html)?.[1] ?? ''
  const copy = JSON.parse(made) as { response: { clientDataJSON: string } }
  const told = JSON.parse(
    Buffer.from(copy.response.clientDataJSON, 'base64url').toString(),
  ) as object
  const forged = JSON.stringify({ ...told, challenge })
  copy.response.clientDataJSON = Buffer.from(forged).toString('base64url')
  return JSON.stringify(copy)
}
