import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { appOrigin, BffBank } from './bff-bank.ts'

let bank: BffBank

beforeEach(async () => {
  bank = await BffBank.open()
})

afterEach(async () => {
  await bank.close()
})

describe('a page of another origin', () => {
  it.each(['cross-site', 'same-site'])('reads nothing, %s', async (site) => {
    const browser = await bank.loggedIn()
    const headers = { 'sec-fetch-site': site }
    expect((await browser.script('/bff/session', { headers })).status).toBe(403)
    expect((await browser.script('/api/accounts', { headers })).status).toBe(403)
  })

  it('is not led to a login in its frame', async () => {
    const request = (dest: string) =>
      new Request(`${appOrigin}/api/accounts`, {
        headers: {
          'sec-fetch-site': 'same-origin',
          'sec-fetch-mode': 'navigate',
          'sec-fetch-dest': dest,
        },
      })
    const { bff } = bank.browser()
    expect((await bff.handle(request('document')))?.status).toBe(303)
    expect((await bff.handle(request('iframe')))?.status).toBe(401)
  })

  it('of the list gives no address with credentials of its own', async () => {
    const browser = bank.browser({ returnOrigins: ['https://help.example'] })
    const back = async (address: string) =>
      browser.logIn(`/bff/login?return_to=${encodeURIComponent(address)}`)
    expect(await back('https://help.example/a')).toBe('https://help.example/a')
    expect(await back('https://bank.example@help.example/a')).toBe('/')
  })
})
