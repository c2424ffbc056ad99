import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BffBank } from './bff-bank.ts'

let bank: BffBank

beforeEach(async () => {
  bank = await BffBank.open()
})

afterEach(async () => {
  await bank.close()
})

const path = '/api/details'

describe('a page that cannot be shown says how its step-up ended, and does not ask again', () => {
  it.each<[string, () => void, string, number]>([
    [
      'the person turned it down',
      () => (bank.provider.authorizationError = 'access_denied'),
      'step_up_cancelled',
      403,
    ],
    [
      'the person let the time pass',
      () => (bank.provider.authorizationError = 'expired_token'),
      'step_up_cancelled',
      403,
    ],
    [
      'the provider cannot reach it',
      () => (bank.provider.authorizationError = 'unmet_authentication_requirements'),
      'step_up_unmet',
      403,
    ],
    [
      'the answer does not reach it',
      () => (bank.provider.idTokenOverrides = { acr: 'basic' }),
      'step_up_unmet',
      403,
    ],
    [
      'somebody else answered',
      () => (bank.provider.idTokenOverrides = { sub: 'mallory' }),
      'different_user',
      403,
    ],
    [
      'the provider refuses',
      () => (bank.provider.authorizationError = 'invalid_scope'),
      'provider_refused',
      403,
    ],
    [
      'the provider is not able',
      () => (bank.provider.authorizationError = 'temporarily_unavailable'),
      'provider_unavailable',
      503,
    ],
    [
      'the provider is away when the code is redeemed',
      () => (bank.provider.tokenStatus = 503),
      'provider_unavailable',
      503,
    ],
    [
      'the answer is not for this client',
      () => (bank.provider.idTokenOverrides = { aud: 'other' }),
      'response_invalid',
      403,
    ],
  ])('%s', async (_name, arrange, code, status) => {
    const browser = await bank.loggedIn()
    arrange()
    const back = await browser.visit(await browser.navigate(path))
    expect(back).toBe(`${path}?bff_error=${code}`)
    const asked = bank.provider.authorizationRequests.length
    const shown = await browser.navigate(back)
    expect(shown.status).toBe(status)
    expect(await shown.text()).toContain(`data-error="${code}"`)
    expect(bank.provider.authorizationRequests).toHaveLength(asked)
    expect(await browser.session()).toMatchObject({ subject: 'alice', acr: 'basic' })
  })

  it('that the API asks again for what was just reached', async () => {
    bank.api.guards.set('/never', { acr: ['mfa'], never: true })
    const browser = await bank.loggedIn()
    const back = await browser.visit(await browser.navigate('/api/never'))
    expect(back).toBe('/api/never')
    const shown = await browser.navigate(back)
    expect(shown.status).toBe(403)
    expect(await shown.text()).toContain('data-error="step_up_failed"')
  })

  it('that its answer was not waited for any more', async () => {
    const browser = await bank.loggedIn()
    const shown = await browser.navigate(`${path}?bff_error=transaction_unknown`)
    expect(shown.status).toBe(403)
    expect(await shown.text()).toContain('data-error="transaction_unknown"')
  })

  it('and asks where the address was made up', async () => {
    const browser = await bank.loggedIn()
    const start = await browser.navigate(`${path}?bff_error=<script>`)
    expect(start.status).toBe(303)
    expect(start.headers.get('location')).toContain(bank.provider.issuer)
  })
})
