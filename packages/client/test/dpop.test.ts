import {
  calculateJwkThumbprint,
  decodeJwt,
  decodeProtectedHeader,
  EmbeddedJWK,
  jwtVerify,
} from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dpop } from '../src/browser.ts'
import { Bank, failureOf } from './bank.ts'
import { MemoryDatabase } from './memory-database.ts'

let bank: Bank
let database: MemoryDatabase
const bound = () => ({ binding: dpop({ database }) })

beforeEach(async () => {
  bank = await Bank.open()
  database = new MemoryDatabase()
})
afterEach(() => bank.close())

async function boundKeyOf(call: { authorization: string | undefined } | undefined) {
  const token = call?.authorization?.split(' ')[1] ?? ''
  return (decodeJwt(token)['cnf'] as { jkt: string } | undefined)?.jkt
}

describe('a bound client (RFC 9449)', () => {
  it('proves its key on every call: method, address without query, token, time, and a new id', async () => {
    const { client } = await bank.loggedIn(bound())
    await client.fetch(bank.url('/open?page=2'), { method: 'PUT', body: 'x' })
    await client.fetch(bank.url('/open'))
    const [first, second] = bank.api.calls
    expect(first?.authorization).toMatch(/^DPoP /)
    const { payload, protectedHeader } = await jwtVerify(first?.dpop ?? '', EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: ['ES256'],
      currentDate: new Date(bank.clock.now * 1000),
    })
    const token = first?.authorization?.slice('DPoP '.length) ?? ''
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token))
    expect(payload).toMatchObject({
      htm: 'PUT',
      htu: bank.url('/open'),
      iat: Math.floor(bank.clock.now),
      ath: Buffer.from(digest).toString('base64url'),
    })
    expect(payload.jti).not.toBe(decodeJwt(second?.dpop ?? '').jti)
    expect(protectedHeader.jwk).not.toHaveProperty('d')
    expect(await boundKeyOf(first)).toBe(await calculateJwkThumbprint(protectedHeader.jwk ?? {}))
  })

  it('has the code bound to the key (§10), which cannot be extracted', async () => {
    await bank.loggedIn(bound())
    const asked = bank.provider.authorizationRequests[0]?.get('dpop_jkt')
    expect(asked).toMatch(/^[\w-]{43}$/)
    const [kept] = database.kept.values()
    const { privateKey, publicJwk } = kept as { privateKey: CryptoKey; publicJwk: object }
    expect(privateKey.extractable).toBe(false)
    expect(asked).toBe(await calculateJwkThumbprint(publicJwk))
  })

  it('keeps the binding over step-up, refresh and reload (§5)', async () => {
    const tab = await bank.loggedIn(bound())
    bank.api.guards.set('/details', { acr: ['mfa'] })
    expect((await tab.client.fetch(bank.url('/details'))).status).toBe(200)
    bank.clock.advance(296)
    await tab.client.fetch(bank.url('/open'))
    const reloaded = bank.tab(bound(), tab.window)
    await reloaded.client.restore()
    await reloaded.client.fetch(bank.url('/open'))
    const keys = await Promise.all(bank.api.calls.map(boundKeyOf))
    expect(new Set(keys).size).toBe(1)
    expect(keys[0]).toBeDefined()
    for (const { authorization } of bank.api.calls) expect(authorization).toMatch(/^DPoP /)
  })

  it('takes no bearer token in its place: no fallback by stepping up', async () => {
    const tab = await bank.loggedIn(bound())
    bank.provider.ignoresProofs = true
    const before = tab.client.session
    expect(await failureOf(tab.client.stepUp({ acr: 'mfa' }))).toMatchObject({
      code: 'response_invalid',
    })
    expect(tab.client.session).toBe(before)
  })

  it('sends the request once more where the provider or the API first hands out a nonce (§8, §9)', async () => {
    bank.provider.dpopNonce = 'of-provider'
    bank.api.dpopNonce = 'of-api'
    const { client } = await bank.loggedIn(bound())
    expect(bank.provider.tokenRequests).toHaveLength(2)
    const init = { method: 'POST', body: 'whole' }
    expect((await client.fetch(bank.url('/open'), init)).status).toBe(200)
    expect((await client.fetch(bank.url('/open'), init)).status).toBe(200)
    expect(bank.api.calls.map(({ body }) => body)).toEqual(['whole', 'whole', 'whole'])
    expect(decodeJwt(bank.api.calls.at(-1)?.dpop ?? '')['nonce']).toBe('of-api')
  })

  it('does not go on asking an API that wants another nonce each time', async () => {
    const { client } = await bank.loggedIn(bound())
    let count = 0
    Object.defineProperty(bank.api, 'dpopNonce', { get: () => `n-${++count}` })
    expect((await client.fetch(bank.url('/open'))).status).toBe(401)
    expect(bank.api.calls).toHaveLength(2)
  })

  it('hears a challenge of either scheme, and steps up once', async () => {
    const { client } = await bank.loggedIn(bound())
    for (const scheme of ['DPoP', 'Bearer']) {
      bank.api.fixedChallenges.set(
        '/x',
        `${scheme} error="insufficient_user_authentication", acr_values="mfa"`,
      )
      expect(await failureOf(client.fetch(bank.url('/x')))).toMatchObject({
        code: 'step_up_failed',
      })
    }
  })

  it('shows its key to no origin that is not listed', async () => {
    const { client } = await bank.loggedIn({
      ...bound(),
      apiOrigins: ['https://api.other.example'],
    })
    await client.fetch(bank.url('/open'))
    expect(bank.api.calls[0]).toMatchObject({ authorization: undefined, dpop: undefined })
  })

  it('has one key for all tabs, and another for another client', async () => {
    await Promise.all([bank.loggedIn(bound()), bank.loggedIn(bound())])
    const keys = () =>
      new Set(bank.provider.authorizationRequests.map((request) => request.get('dpop_jkt')))
    expect(keys().size).toBe(1)
    const other = bank.tab({ ...bound(), clientId: 'other' })
    const left = other.window.left()
    void other.client.login()
    await other.window.follow(await left)
    expect(keys().size).toBe(2)
  })

  it('in a browser that keeps no key is `storage_unavailable`', async () => {
    database.broken = true
    expect(await failureOf(bank.tab(bound()).client.login())).toMatchObject({
      code: 'storage_unavailable',
    })
  })

  it('proves with ES256 and shows the public key alone', async () => {
    const { client } = await bank.loggedIn(bound())
    await client.fetch(bank.url('/open'))
    const header = decodeProtectedHeader(bank.api.calls[0]?.dpop ?? '')
    expect(Object.keys(header.jwk ?? {}).toSorted()).toEqual(['crv', 'kty', 'x', 'y'])
  })
})
