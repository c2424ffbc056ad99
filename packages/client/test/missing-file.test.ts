import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Bank, failureOf } from './bank.ts'

// A deploy has taken it away while the page was open.
vi.mock('../src/browser/session-ends.ts', () => {
  throw new TypeError('Failed to fetch dynamically imported module')
})

let bank: Bank

beforeEach(async () => {
  bank = await Bank.open()
})
afterEach(() => bank.close())

it('a restore without its file is `provider_unavailable`', async () => {
  expect(await failureOf(bank.tab().client.restore())).toMatchObject({
    code: 'provider_unavailable',
    retryable: true,
  })
})

it('a logout without its file ends the session here, and says that the provider was not told', async () => {
  const { client, events } = await bank.loggedIn()
  expect(await failureOf(client.logout())).toMatchObject({ code: 'provider_unavailable' })
  expect(client.session).toBeUndefined()
  expect(events).toContainEqual({ type: 'session_ended', reason: 'logout' })
})

it('login, refresh, challenge, popup and retry need no other file', async () => {
  const { client } = await bank.loggedIn()
  bank.api.guards.set('/details', { acr: ['mfa'] })
  bank.clock.advance(296)
  expect((await client.fetch(bank.url('/details'))).status).toBe(200)
  expect(client.session?.acr).toBe('mfa')
})

it('a step-up by redirect that fails says why, where the session cannot be got back', async () => {
  const before = await bank.loggedIn({ mode: 'redirect' })
  bank.provider.authorizationError = 'access_denied'
  const left = before.window.left()
  void before.client.stepUp({ acr: 'mfa' })
  await before.window.follow(await left)
  const { client } = bank.tab({}, before.window)
  expect(await client.handleRedirectCallback()).toMatchObject({
    outcome: 'failed',
    error: { code: 'step_up_cancelled' },
  })
  expect(client.session).toBeUndefined()
})
