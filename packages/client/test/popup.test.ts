import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { completePopup } from '../src/browser.ts'
import { appOrigin, Bank, failureOf, type Tab } from './bank.ts'
import { FakeWindow } from './fake-browser.ts'

let bank: Bank
let tab: Tab

beforeEach(async () => {
  bank = await Bank.open()
  tab = await bank.loggedIn()
})
afterEach(() => bank.close())

/** The answer that the provider would give to the popup. */
async function answerTo(url: string | undefined): Promise<URL> {
  const response = await fetch(url ?? '', { redirect: 'manual' })
  return new URL(response.headers.get('location') ?? '')
}

describe('a popup', () => {
  it('opens within the click, before anything is awaited', () => {
    bank.browser.holdsVisits = true
    void tab.client.stepUp({ acr: 'mfa' })
    expect(bank.browser.popups).toHaveLength(1)
  })

  it.each([
    ['by the channel alone, where the provider severs the opener', 'seversOpener'],
    ['by message alone, where the channel is deaf', 'losesChannelMessages'],
  ] as const)('answers %s', async (_, way) => {
    bank.browser[way] = true
    expect((await tab.client.stepUp({ acr: 'mfa' })).acr).toBe('mfa')
  })

  it('leaves nothing behind: no channel, no timer, no window', async () => {
    await tab.client.stepUp({ acr: 'mfa' })
    expect(bank.browser.channels.size).toBe(0)
    expect(bank.clock.pending).toBe(0)
    expect(bank.browser.popups[0]?.closed).toBe(true)
    expect(tab.window.stored.size).toBe(0)
  })

  it('that is closed is `step_up_cancelled`, and the login stands', async () => {
    bank.browser.holdsVisits = true
    const stepUp = failureOf(tab.client.stepUp({ acr: 'mfa' }))
    await bank.browser.popups[0]?.navigated
    bank.browser.popups[0]?.close()
    bank.clock.advance(2)
    expect(await stepUp).toMatchObject({
      code: 'step_up_cancelled',
      required: { acrValues: ['mfa'] },
    })
    expect(tab.client.session?.acr).toBe('basic')
  })

  it('that has just answered and closed is heard, though seen closed first', async () => {
    bank.browser.holdsVisits = true
    const stepUp = tab.client.stepUp({ acr: 'mfa' })
    const popup = bank.browser.popups[0]
    const answer = await answerTo(await popup?.navigated)
    popup?.close()
    bank.clock.advance(0.9)
    completePopup(new FakeWindow(bank.browser, answer.href))
    expect((await stepUp).acr).toBe('mfa')
  })

  it('that looks closed because its opener is cut off is waited for, with `detectClose: false`', async () => {
    const patient = await bank.loggedIn({ detectClose: false, timeLimitSeconds: 60 })
    bank.browser.holdsVisits = true
    const stepUp = failureOf(patient.client.stepUp({ acr: 'mfa' }))
    await bank.browser.popups[0]?.navigated
    bank.browser.popups[0]?.close()
    bank.clock.advance(59)
    expect(bank.browser.channels.size).toBe(1)
    bank.clock.advance(1)
    expect(await stepUp).toMatchObject({ code: 'step_up_cancelled' })
  })

  it('that is left open too long is `step_up_cancelled`', async () => {
    bank.browser.holdsVisits = true
    const stepUp = failureOf(tab.client.stepUp({ acr: 'mfa' }))
    await bank.browser.popups[0]?.navigated
    bank.clock.advance(600)
    expect(await stepUp).toMatchObject({ code: 'step_up_cancelled' })
    expect(bank.browser.popups[0]?.closed).toBe(true)
  })

  it('that is blocked is `popup_blocked` with `popup-only`', async () => {
    bank.browser.opensPopups = false
    expect(
      await failureOf(tab.client.stepUp({ acr: 'mfa' }, { mode: 'popup-only' })),
    ).toMatchObject({ code: 'popup_blocked', required: { acrValues: ['mfa'] } })
    expect(tab.window.navigations).toHaveLength(1)
  })

  it('that is blocked gives way to the redirect', async () => {
    bank.browser.opensPopups = false
    const left = tab.window.left()
    void tab.client.stepUp({ acr: 'mfa' })
    expect(new URL(await left).searchParams.get('acr_values')).toBe('mfa')
    expect(tab.events.map(({ type }) => type)).toContain('popup_blocked')
  })

  it('is closed again where the provider cannot be reached', async () => {
    bank.browser.holdsVisits = true
    tab.window.online = false
    // The session's own discovery is in hand; the code exchange is what fails.
    const stepUp = failureOf(tab.client.stepUp({ acr: 'mfa' }))
    const url = await bank.browser.popups[0]?.navigated
    completePopup(new FakeWindow(bank.browser, (await answerTo(url)).href))
    expect(await stepUp).toMatchObject({ code: 'provider_unavailable', retryable: true })
    expect(bank.browser.popups[0]?.closed).toBe(true)
  })
})

describe('answers of others', () => {
  it('a message from another origin is not heard', async () => {
    bank.browser.holdsVisits = true
    const stepUp = tab.client.stepUp({ acr: 'mfa' })
    const url = await bank.browser.popups[0]?.navigated
    const state = new URL(url ?? '').searchParams.get('state')
    const newelAnswer = `state=${state}&error=access_denied`
    tab.window.receive('https://evil.example', { newelAnswer })
    tab.window.receive('https://evil.example', { newelAnswer: [[1]] })
    completePopup(new FakeWindow(bank.browser, (await answerTo(url)).href))
    expect((await stepUp).acr).toBe('mfa')
  })

  it.each([
    ['another state', { newelAnswer: 'state=p.other&error=access_denied' }],
    ['no state', { newelAnswer: 'error=access_denied' }],
    ['another shape', { type: 'other' }],
    ['no shape at all', null],
  ])('a message of this origin with %s passes by', async (_, message) => {
    bank.browser.holdsVisits = true
    const stepUp = tab.client.stepUp({ acr: 'mfa' })
    const url = await bank.browser.popups[0]?.navigated
    tab.window.receive(appOrigin, message)
    completePopup(new FakeWindow(bank.browser, (await answerTo(url)).href))
    expect((await stepUp).acr).toBe('mfa')
  })

  it('an answer that holds another state besides is `response_invalid`', async () => {
    bank.browser.holdsVisits = true
    const stepUp = failureOf(tab.client.stepUp({ acr: 'mfa' }))
    const url = await bank.browser.popups[0]?.navigated
    const state = new URL(url ?? '').searchParams.get('state')
    const newelAnswer = `state=${state}&state=p.other&code=stolen&iss=${bank.provider.issuer}`
    tab.window.receive(appOrigin, { newelAnswer })
    expect(await stepUp).toMatchObject({ code: 'response_invalid' })
  })

  it('two tabs that step up at once do not take each other’s', async () => {
    const other = await bank.loggedIn()
    bank.browser.holdsVisits = true
    const first = tab.client.stepUp({ acr: 'mfa' })
    const second = other.client.stepUp({ acr: 'phr' })
    const [one, two] = bank.browser.popups
    const [urlOne, urlTwo] = [await one?.navigated, await two?.navigated]
    completePopup(new FakeWindow(bank.browser, (await answerTo(urlTwo)).href))
    expect((await second).acr).toBe('phr')
    completePopup(new FakeWindow(bank.browser, (await answerTo(urlOne)).href))
    expect((await first).acr).toBe('mfa')
    expect(other.client.session?.acr).toBe('phr')
  })

  it('the callback page hands the answer on and closes, whatever client runs on it', async () => {
    bank.browser.holdsVisits = true
    const stepUp = tab.client.stepUp({ acr: 'mfa' })
    const answer = await answerTo(await bank.browser.popups[0]?.navigated)
    let closed = false
    const popup = new FakeWindow(bank.browser, answer.href, tab.window, () => {
      closed = true
    })
    expect(await bank.tab({}, popup).client.handleRedirectCallback()).toEqual({
      outcome: 'relayed',
    })
    expect(closed).toBe(true)
    expect((await stepUp).acr).toBe('mfa')
  })
})
