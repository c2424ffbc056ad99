import { decodeJwt } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { failureOf } from './node-house.ts'
import { ScriptedHouse } from './scripted-house.ts'

let house: ScriptedHouse
const binding = 'dpop'

beforeEach(async () => {
  house = await ScriptedHouse.open()
})
afterEach(() => house.close())

const url = (path: string) => house.api.origin + path

describe('a program whose tokens are bound (RFC 9449)', () => {
  it('has the code bound too (§10), and repeats the nonces of provider and API, with one retry each (§8, §9)', async () => {
    house.provider.dpopNonce = 'of-the-provider'
    house.api.dpopNonce = 'of-the-api'
    const client = house.client({ binding })
    await client.login()
    expect(house.provider.authorizationRequests[0]?.get('dpop_jkt')).toMatch(/^[\w-]{43}$/)
    expect((await client.fetch(url('/'), { method: 'POST', body: 'a=1' })).status).toBe(200)
    expect((await client.fetch(url('/'))).status).toBe(200)
    const nonces = house.api.calls.map(({ dpop }) => decodeJwt(dpop ?? '')['nonce'])
    expect(nonces).toEqual([undefined, 'of-the-api', 'of-the-api'])
    expect(house.api.calls.map(({ body }) => body)).toEqual(['a=1', 'a=1', ''])
  })

  it('keeps the binding over refresh and step-up (§5)', async () => {
    house.api.guards.set('/details', { acr: ['mfa'] })
    const client = house.client({ binding })
    await client.login()
    await client.fetch(url('/'))
    house.clock.advance(296)
    await client.fetch(url('/'))
    expect((await client.fetch(url('/details'))).status).toBe(200)
    const keys = house.api.calls.map(({ authorization }) => {
      const token = authorization?.replace('DPoP ', '') ?? ''
      return (decodeJwt(token)['cnf'] as { jkt: string }).jkt
    })
    expect(house.api.calls).toHaveLength(4)
    expect(new Set(keys).size).toBe(1)
  })

  it.each(['login', 'stepUp'] as const)('takes no bearer token: %s', async (task) => {
    const client = house.client({ binding })
    if (task === 'stepUp') await client.login()
    const before = await house.tokens.read()
    house.provider.ignoresProofs = true
    const work = task === 'login' ? client.login() : client.stepUp({ acr: 'mfa' })
    expect(await failureOf(work)).toMatchObject({ code: 'response_invalid' })
    expect(await house.tokens.read()).toBe(before)
  })

  it('goes on with no tokens from before it was to bind them', async () => {
    await house.client().login()
    const client = house.client({ binding })
    expect(await client.session()).toBeUndefined()
    expect(await failureOf(client.stepUp({ acr: 'mfa' }))).toMatchObject({ code: 'login_required' })
    await client.login()
    expect(await client.session()).toMatchObject({ subject: 'alice' })
  })

  it('has a new key at each login', async () => {
    const client = house.client({ binding })
    await client.login()
    await client.login()
    const asked = house.provider.authorizationRequests.map((request) => request.get('dpop_jkt'))
    expect(new Set(asked).size).toBe(2)
  })

  it('sends a stream once, and no second time for a nonce', async () => {
    house.api.dpopNonce = 'of-the-api'
    const client = house.client({ binding })
    await client.login()
    const body = new Blob(['x']).stream()
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit
    expect((await client.fetch(url('/'), init)).status).toBe(401)
    expect(house.api.calls).toHaveLength(1)
  })
})

describe('a token that the API takes for no good (RFC 6750 §3.1)', () => {
  const refuseAll = () => house.api.fixedChallenges.set('/pay', 'Bearer error="invalid_token"')
  const tokenNow = async () => {
    const { tokens } = JSON.parse((await house.tokens.read()) ?? '') as {
      tokens: { accessToken: string }
    }
    return tokens.accessToken
  }

  it('is refreshed, and the call sent once more with its method, body and key', async () => {
    const client = house.client()
    await client.login()
    house.api.badTokens.add(await tokenNow())
    const headers = { 'idempotency-key': 'k1' }
    const response = await client.fetch(url('/pay'), { method: 'POST', body: 'amount=5', headers })
    expect(response.status).toBe(200)
    expect(
      house.api.calls.map(
        (call) => `${call.method} ${call.body} ${String(call.headers['idempotency-key'])}`,
      ),
    ).toEqual(['POST amount=5 k1', 'POST amount=5 k1'])
  })

  it('is refreshed once for calls that are refused together', async () => {
    const client = house.client()
    await client.login()
    house.api.badTokens.add(await tokenNow())
    const calls = await Promise.all([1, 2, 3].map(() => client.fetch(url('/pay'))))
    expect(calls.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(new Set(house.api.calls.map(({ authorization }) => authorization)).size).toBe(2)
  })

  it('and the next one too, is the last: no loop', async () => {
    refuseAll()
    const client = house.client()
    await client.login()
    expect((await client.fetch(url('/pay'))).status).toBe(401)
    expect(house.api.calls).toHaveLength(2)
  })

  it('is left alone where it was proved for one call', async () => {
    refuseAll()
    const client = house.client()
    await client.login()
    house.provider.idTokenOverrides = { newel_one_shot: true }
    await client.stepUp({ acr: 'mfa', maxAge: 0 })
    expect((await client.fetch(url('/pay'))).status).toBe(401)
    expect(house.api.calls).toHaveLength(1)
  })

  it('whose call was a stream is the caller’s to renew', async () => {
    refuseAll()
    const client = house.client()
    await client.login()
    const init = { method: 'POST', body: new Blob(['x']).stream(), duplex: 'half' } as RequestInit
    expect((await client.fetch(url('/pay'), init)).status).toBe(401)
    expect(house.api.calls).toHaveLength(1)
  })

  it('is refreshed, and a challenge of the call that follows is met', async () => {
    house.api.guards.set('/pay', { acr: ['mfa'] })
    const client = house.client()
    await client.login()
    house.api.badTokens.add(await tokenNow())
    expect((await client.fetch(url('/pay'))).status).toBe(200)
    expect(house.api.calls).toHaveLength(3)
  })
})
