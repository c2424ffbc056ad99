import { calculateJwkThumbprint, decodeJwt, EmbeddedJWK, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { memoryStore } from '../../src/bff.ts'
import { BffBank, Browser, form } from './bff-bank.ts'

let bank: BffBank

beforeEach(async () => {
  bank = await BffBank.open()
})

afterEach(async () => {
  await bank.close()
})

type SeenCall = BffBank['api']['calls'][number]

const lastCall = () => bank.api.calls.at(-1)

function tokenOf(call: SeenCall | undefined): string {
  return call?.authorization?.replace('DPoP ', '') ?? ''
}

/** The key of the proof, after RFC 9449 §4.3, and that of the token. */
async function keysOf(call: SeenCall | undefined): Promise<{ proof: string; token: unknown }> {
  const { payload, protectedHeader } = await jwtVerify(call?.dpop ?? '', EmbeddedJWK, {
    typ: 'dpop+jwt',
    algorithms: ['ES256'],
    currentDate: new Date(bank.clock.now * 1000),
  })
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(tokenOf(call)))
  expect(payload).toMatchObject({
    htm: call?.method,
    htu: bank.api.origin + (call?.path.split('?')[0] ?? ''),
    ath: Buffer.from(digest).toString('base64url'),
  })
  expect(protectedHeader.jwk).not.toHaveProperty('d')
  const { jkt } = (decodeJwt(tokenOf(call))['cnf'] ?? {}) as { jkt?: string }
  return { proof: await calculateJwkThumbprint(protectedHeader.jwk ?? {}), token: jkt }
}

describe.each(['cookie', 'store'] as const)(
  'bound tokens (RFC 9449), sessions in the %s',
  (sessions) => {
    it('go with a proof of the one key of the session, through step-up and refresh (42)', async () => {
      const browser = await bank.loggedIn({ sessions, dpop: true })
      expect((await browser.script('/api/accounts?page=2')).status).toBe(200)
      const first = await keysOf(lastCall())
      expect(first.token).toBe(first.proof)
      expect(bank.provider.authorizationRequests.at(-1)?.get('dpop_jkt')).toBe(first.proof)

      const start = await browser.navigate('/api/details', form)
      expect(bank.provider.authorizationRequests).toHaveLength(1)
      expect(await browser.visit(start)).toMatch(/^\/bff\/call\?id=/)
      expect(lastCall()).toMatchObject({ method: 'POST', body: form.body })
      expect(await keysOf(lastCall())).toEqual(first)
      expect(bank.provider.authorizationRequests.at(-1)?.get('dpop_jkt')).toBe(first.proof)
      const raised = tokenOf(lastCall())

      bank.clock.advance(295)
      expect((await browser.script('/api/accounts')).status).toBe(200)
      expect(tokenOf(lastCall())).not.toBe(raised)
      expect(await keysOf(lastCall())).toEqual(first)
    })

    it('show the page neither token nor key', async () => {
      const browser = await bank.loggedIn({ sessions, dpop: true })
      bank.api.dpopNonce = 'n1'
      const answer = await browser.script('/api/accounts')
      expect(answer.headers.get('dpop-nonce')).toBeNull()
      const shown = JSON.stringify([await browser.session(), [...answer.headers]])
      expect(shown).not.toMatch(/eyJ|"d"|jkt/)
    })
  },
)

describe('bound tokens (RFC 9449)', () => {
  it('are bound to a key of each session', async () => {
    const browser = await bank.loggedIn({ dpop: true })
    await browser.script('/api/accounts')
    const first = await keysOf(lastCall())
    const other = new Browser(browser.bff)
    await other.logIn()
    await other.script('/api/accounts')
    expect((await keysOf(lastCall())).proof).not.toBe(first.proof)
  })

  it('are asked for again with the nonce that the provider wants, once, and with it at first the next time (§8)', async () => {
    bank.provider.dpopNonce = 'n1'
    const browser = await bank.loggedIn({ dpop: true })
    expect(await browser.session()).toMatchObject({ authenticated: true })
    expect(bank.provider.tokenRequests).toHaveLength(2)
    bank.clock.advance(295)
    await browser.script('/api/accounts')
    expect(bank.provider.tokenRequests).toHaveLength(3)
  })

  it('are sent again with the nonce that the API wants, once, with the body (§9)', async () => {
    const browser = await bank.loggedIn({ dpop: true })
    bank.api.dpopNonce = 'n1'
    const answer = await browser.script('/api/accounts', form)
    expect(answer.status).toBe(200)
    expect(bank.api.calls.map(({ body }) => body)).toEqual([form.body, form.body])
    await browser.script('/api/accounts', form)
    expect(bank.api.calls).toHaveLength(3)
  })

  it('are sent no third time where the nonce is never good', async () => {
    const browser = await bank.loggedIn({ dpop: true })
    bank.api.dpopNonce = 'n1'
    const bff = bank.bff({
      dpop: true,
      host: {
        fetch: async (url, init) => {
          const answer = await fetch(url, init)
          if (answer.headers.has('dpop-nonce')) bank.api.dpopNonce = `n${Math.random()}`
          return answer
        },
      },
    })
    const answer = await new Browser(bff, browser.cookies).script('/api/accounts')
    expect(answer.status).toBe(401)
    expect(bank.api.calls).toHaveLength(2)
  })

  it('are refused where the provider gives such as are good for anybody, at login and later', async () => {
    bank.provider.ignoresProofs = true
    const browser = bank.browser({ dpop: true })
    expect(await browser.logIn()).toBe('/details?bff_error=response_invalid')
    bank.provider.ignoresProofs = false
    await browser.logIn()
    bank.provider.ignoresProofs = true
    const start = await browser.navigate('/api/details', form)
    expect(await browser.visit(start)).toBe('/details?bff_error=response_invalid')
    expect(await browser.session()).toMatchObject({ acr: 'basic' })
    bank.clock.advance(301)
    expect((await browser.script('/api/accounts')).status).toBe(502)
    expect(bank.api.calls.every(({ authorization }) => authorization?.startsWith('DPoP '))).toBe(
      true,
    )
  })

  it('stay bound where the option is taken away, and begin at the next step-up where it is set', async () => {
    const store = memoryStore(() => bank.clock.now)
    const bound = await bank.loggedIn({ dpop: true, store })
    const without = new Browser(bank.bff({ store }), bound.cookies)
    await without.visit(await without.navigate('/api/details', form))
    expect((await keysOf(lastCall())).token).toMatch(/^[\w-]{43}$/)

    bank.provider.person = { sub: 'alice', acr: 'basic', authTime: bank.clock.now }
    const bearer = await bank.loggedIn({ store })
    const later = new Browser(bank.bff({ dpop: true, store }), bearer.cookies)
    await later.script('/api/accounts')
    expect(lastCall()?.authorization).toMatch(/^Bearer /)
    await later.visit(await later.navigate('/api/details', form))
    expect(lastCall()?.authorization).toMatch(/^DPoP /)
  })
})
