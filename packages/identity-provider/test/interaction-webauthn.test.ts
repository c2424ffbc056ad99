import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type TestHouse, type TestPerson, answerPage } from '@newel/testing/house'
import { PasskeyDevice } from '@newel/testing/passkey-device'
import { holdClock } from './hold-clock.ts'
import { ask, journey, openStepUpHouse, outcome } from './step-up-house.ts'

let house: TestHouse
let ada: TestPerson
let ben: TestPerson

beforeAll(async () => {
  house = await openStepUpHouse({ enrolment: 'enrolment: { duringStepUp: true }' })
})
afterAll(async () => house.close())

holdClock()
let people = 0
beforeEach(async () => {
  people += 1
  ada = await house.addPerson(`ada${people}`, { totp: true })
  ben = await house.addPerson(`ben${people}`)
})

/** Sets up a passkey by the pages, as a person would. */
async function withPasskey(person: TestPerson): Promise<PasskeyDevice> {
  const device = new PasskeyDevice()
  const visitor = house.visitor()
  const { page } = await ask(house, visitor, { acr_values: 'phr' })
  let current = await answerPage(visitor, page, person)
  expect(current.page).toBe('unreachable')
  current = await visitor.submit(current, { method: 'passkey' })
  while (current.page === 'step-up') current = await answerPage(visitor, current, person)
  expect([current.page, current.method]).toEqual(['enrol', 'passkey'])
  const done = await device.answer(visitor, current)
  expect([done.page, done.method]).toEqual(['enrolled', 'passkey'])
  expect(outcome(await visitor.press(done, 'Continue'))).toBe('unmet_authentication_requirements')
  return device
}

describe('a passkey', () => {
  it('is set up with the strongest proof that the person has, and then reaches the level', async () => {
    const device = await withPasskey(ada)
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { page } = await ask(house, visitor, { acr_values: 'phr' })
    expect([page.page, page.method]).toEqual(['step-up', 'passkey'])
    expect(outcome(await device.answer(visitor, page))).toBe('code')
  })

  it('signs in without a user name', async () => {
    const device = await withPasskey(ben)
    const visitor = house.visitor()
    const { page } = await ask(house, visitor, { acr_values: 'phr' })
    expect(page.page).toBe('login')
    expect(outcome(await device.answer(visitor, page))).toBe('code')
  })

  it('of another account is refused on the page, and the first session stays', async () => {
    const device = await withPasskey(ada)
    const foreign = await withPasskey(ben)
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { page } = await ask(house, visitor, { acr_values: 'phr' })
    const answered = await visitor.submit(page, {
      webauthn_response: foreign.respond(page, true),
    })
    expect([answered.status, answered.page]).toEqual([422, 'step-up'])
    expect(answered.html).toContain('another account')
    expect(outcome(await device.answer(visitor, answered))).toBe('code')
    expect((await journey(house, visitor, ada)).idToken.sub).toBe(ada.accountId)
  })

  it('answers each question once; opening the page again keeps the question', async () => {
    const device = await withPasskey(ada)
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { page } = await ask(house, visitor, { acr_values: 'phr' })
    const response = device.respond(page)
    expect(device.respond(await visitor.get(page.url))).toContain('"type":"public-key"')
    const broken = await visitor.submit(page, { webauthn_response: '{}' })
    expect(broken.status).toBe(422)
    const late = await visitor.submit(broken, { webauthn_response: response })
    expect([late.status, late.page]).toEqual([422, 'step-up'])
    expect(outcome(await device.answer(visitor, late))).toBe('code')
  })

  it('is one of the ways to choose from, and so is what was asked first', async () => {
    const device = await withPasskey(ada)
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    expect(page.method).toBe('totp')
    const choice = await visitor.press(page, 'Try another way')
    expect(choice.page).toBe('choose')
    const chosen = await visitor.submit(choice, { method: 'passkey' })
    expect([chosen.page, chosen.method]).toEqual(['step-up', 'passkey'])
    expect(outcome(await device.answer(visitor, chosen))).toBe('code')
  })
})
