import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bank, failureOf } from './bank.ts'

let bank: Bank

beforeEach(async () => {
  bank = await Bank.open()
})
afterEach(() => bank.close())

const refreshes = () =>
  bank.provider.tokenRequests.filter((body) => body.get('grant_type') === 'refresh_token')

/** A login whose access token the API takes for no good any more. */
async function refusedByApi() {
  const tab = await bank.loggedIn()
  await tab.client.fetch(bank.url('/first'))
  bank.api.badTokens.add(bank.api.calls[0]?.authorization?.split(' ')[1] ?? '')
  bank.api.calls.splice(0)
  return tab
}

describe('a 401 `invalid_token`', () => {
  it('refreshes once and sends the call once more, as it was', async () => {
    const { client } = await refusedByApi()
    const response = await client.fetch(bank.url('/x'), { method: 'POST', body: 'whole' })
    expect(response.status).toBe(200)
    expect(refreshes()).toHaveLength(1)
    expect(bank.api.calls.map(({ method, body }) => [method, body])).toEqual([
      ['POST', 'whole'],
      ['POST', 'whole'],
    ])
  })

  it('of ten parallel calls makes one refresh', async () => {
    const { client } = await refusedByApi()
    const calls = Array.from({ length: 10 }, () => client.fetch(bank.url('/x')))
    expect((await Promise.all(calls)).every(({ ok }) => ok)).toBe(true)
    expect(refreshes()).toHaveLength(1)
  })

  it('of an API that refuses every token is answered to the app after one refresh', async () => {
    const { client } = await bank.loggedIn()
    bank.api.fixedChallenges.set('/x', 'Bearer error="invalid_token"')
    expect((await client.fetch(bank.url('/x'))).status).toBe(401)
    expect(refreshes()).toHaveLength(1)
    expect(bank.api.calls).toHaveLength(2)
    expect(bank.browser.popups).toHaveLength(0)
  })

  it('may be followed by a challenge, which steps up', async () => {
    const { client } = await refusedByApi()
    bank.api.guards.set('/x', { acr: ['mfa'] })
    expect((await client.fetch(bank.url('/x'))).status).toBe(200)
    expect(bank.api.calls).toHaveLength(3)
  })

  it('whose refresh is refused ends the session', async () => {
    const { client } = await refusedByApi()
    bank.provider.refreshGood = false
    expect(await failureOf(client.fetch(bank.url('/x')))).toMatchObject({ code: 'login_required' })
    expect(client.session).toBeUndefined()
  })

  it.each([
    ['without a refresh token', () => (bank.provider.refreshTokens = false)],
    ['while the provider is away', () => (bank.provider.tokenStatus = 503)],
  ])('%s is answered to the app, and the session stays', async (_, set) => {
    if (_.startsWith('without')) set()
    const { client } = await refusedByApi()
    set()
    expect((await client.fetch(bank.url('/x'))).status).toBe(401)
    expect(client.session?.subject).toBe('alice')
  })

  it('from an origin that is not listed changes nothing', async () => {
    const { client } = await bank.loggedIn({ apiOrigins: ['https://api.other.example'] })
    bank.api.fixedChallenges.set('/x', 'Bearer error="invalid_token"')
    expect((await client.fetch(bank.url('/x'))).status).toBe(401)
    expect(refreshes()).toHaveLength(0)
  })
})
