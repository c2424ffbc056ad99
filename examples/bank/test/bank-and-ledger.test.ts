import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import { parsePolicyDocument } from '@newel/policy-document'
import { createResourceServer } from '@newel/resource-server'
import fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { registerBankApi } from '../api/bank-api.ts'
import { Customers } from '../api/customers.ts'
import { LedgerClient } from '../api/ledger-client.ts'
import { requirementsOf } from '../api/requirements.ts'
import { Accounts } from '../ledger/accounts.ts'
import { createLedger } from '../ledger/ledger.ts'
import { startTokenIssuer, type TokenClaims, type TokenIssuer } from './token-issuer.ts'

const now = 1_800_000_000
const clock = () => now
const result = parsePolicyDocument(
  readFileSync(join(import.meta.dirname, '..', 'newel.yaml'), 'utf8'),
)
if (!result.ok) throw new Error('the document of the bank is broken')
const { document } = result

let issuer: TokenIssuer
let bank: FastifyInstance
let ledger: Server
let ledgerAddress: string
/** Method and path of every route there is. */
const bankRoutes: string[][] = []
const ledgerRoutes: string[][] = []

beforeAll(async () => {
  issuer = await startTokenIssuer(document, clock)
  const requirements = requirementsOf(document)
  const resourceServer = () =>
    createResourceServer({
      issuer: issuer.issuer,
      audience: document.resources.map(({ id }) => id),
      allowInsecureIssuer: true,
      clock,
    })
  const accounts = new Accounts(clock)
  const ledgerApp = createLedger({
    resourceServer: await resourceServer(),
    approveLargeTransfer: requirements['approve-large-transfer'],
    accounts,
  })
  ledgerRoutes.push(
    ...ledgerApp.routes.flatMap(({ method, path }) => (method === 'ALL' ? [] : [[method, path]])),
  )
  ledger = createAdaptorServer({ fetch: ledgerApp.fetch }) as Server
  await new Promise<void>((resolve) => ledger.listen(0, 'localhost', resolve))
  ledgerAddress = `http://localhost:${(ledger.address() as AddressInfo).port}`
  const customers = new Customers()
  customers.add('olga', { name: 'Olga Marsh', operator: true })
  bank = fastify()
  bank.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) bankRoutes.push([each, url])
  })
  registerBankApi(bank, {
    resourceServer: await resourceServer(),
    requirements,
    customers,
    ledger: new LedgerClient(ledgerAddress),
  })
})

afterAll(async () => {
  await bank.close()
  await new Promise<void>((resolve) => {
    ledger.close(() => resolve())
    ledger.closeAllConnections()
  })
  await issuer.close()
})

const password: TokenClaims = { sub: 'ada', acr: 'basic', auth_time: now - 400 }
const secondFactor: TokenClaims = { sub: 'ada', acr: 'mfa', auth_time: now - 60 }
const passkey: TokenClaims = { sub: 'ada', acr: 'phr', auth_time: now - 60 }
const oneShot: TokenClaims = { ...passkey, auth_time: now, newel_one_shot: true }

let keys = 0

async function call(
  method: 'GET' | 'PUT' | 'POST',
  url: string,
  token: string | TokenClaims | undefined,
  payload?: object,
  key = `key-of-call-${(keys += 1)}`,
) {
  const text = typeof token === 'object' ? issuer.token(token) : token
  const response = await bank.inject({
    method,
    url,
    headers: {
      'idempotency-key': key,
      ...(text === undefined ? {} : { authorization: `Bearer ${text}` }),
    },
    ...(payload === undefined ? {} : { payload }),
  })
  const challenge = response.headers['www-authenticate']
  return {
    status: response.statusCode,
    challenge: typeof challenge === 'string' ? challenge : '',
    body: response.json<Record<string, unknown>>(),
  }
}

const newDetails = { holder: 'Ada', iban: 'DE89370400440532013000' }
const small = { payee: 'Green Co', amount: 999.99 }
const large = { payee: 'Boat Co', amount: 1000 }

describe('every endpoint there is, those that only read and list too,', () => {
  it('of the API refuses a request without a token and one that another signed', async () => {
    expect(bankRoutes.length).toBeGreaterThan(5)
    for (const [method, url] of bankRoutes) {
      for (const authorization of [undefined, 'Bearer e30.e30.AAAA']) {
        const headers = authorization === undefined ? {} : { authorization }
        const answer = await bank.inject({ method: method as 'GET', url: url ?? '', headers })
        expect([method, url, answer.statusCode]).toEqual([method, url, 401])
      }
    }
  })

  it('of the ledger checks for itself, whoever comes past the API', async () => {
    expect(ledgerRoutes.length).toBeGreaterThan(1)
    for (const [method = '', path] of ledgerRoutes) {
      const answer = await fetch(`${ledgerAddress}${path}`, { method })
      expect([method, path, answer.status]).toEqual([method, path, 401])
    }
  })
})

describe('the API of the bank', () => {
  it.each([
    ['GET', '/api/account', undefined],
    ['GET', '/api/payment-details', undefined],
    ['PUT', '/api/payment-details', newDetails],
    ['GET', '/api/card', undefined],
    ['GET', '/api/admin/overview', undefined],
    ['POST', '/api/transfers', small],
    ['POST', '/api/transfers', large],
  ] as const)('answers %s %s without a token with 401, and no word of levels', async (...args) => {
    const [method, url, payload] = args
    const { status, challenge } = await call(method, url, undefined, payload)
    expect(status).toBe(401)
    expect(challenge).not.toContain('acr_values')
  })

  it('lets a login look around, the balance included, which the ledger knows', async () => {
    const { status, body } = await call('GET', '/api/account', password)
    expect(status).toBe(200)
    expect(body).toMatchObject({ name: 'Customer', operator: false })
    expect(body['balanceCents']).toBeTypeOf('number')
  })

  it.each([
    ['PUT', '/api/payment-details', password, newDetails, 'acr_values="mfa", max_age="600"'],
    ['GET', '/api/card', password, undefined, 'acr_values="basic", max_age="300"'],
    ['POST', '/api/transfers', password, large, 'acr_values="phr", max_age="0"'],
    ['POST', '/api/transfers', passkey, large, 'acr_values="phr", max_age="0"'],
    ['GET', '/api/admin/overview', { ...secondFactor, sub: 'olga' }, undefined, 'acr_values="phr"'],
  ] as const)('%s %s names what the token lacks', async (method, url, token, payload, named) => {
    const { status, challenge } = await call(method, url, token, payload)
    expect(status).toBe(401)
    expect(challenge).toContain('error="insufficient_user_authentication"')
    expect(challenge).toContain(named)
  })

  it.each([
    ['PUT', '/api/payment-details', secondFactor, newDetails],
    ['PUT', '/api/payment-details', passkey, newDetails],
    ['GET', '/api/card', secondFactor, undefined],
    ['GET', '/api/admin/overview', { ...passkey, sub: 'olga' }, undefined],
  ] as const)('%s %s goes through with enough', async (method, url, token, payload) => {
    expect((await call(method, url, token, payload)).status).toBe(200)
  })

  it('sends nobody to prove what does not help: who is no operator is told so at once', async () => {
    const { status, challenge, body } = await call('GET', '/api/admin/overview', password)
    expect(status).toBe(403)
    expect(challenge).toBe('')
    expect(body['error']).toBe('operators_only')
  })

  it('asks nothing for a body that is no transfer, and refuses it', async () => {
    const text = await call('POST', '/api/transfers', password, {
      payee: 'Boat Co',
      amount: '5000',
    })
    expect(text.status).toBe(400)
    expect(text.body['fields']).toHaveProperty('amount')
  })
})

describe('a transfer', () => {
  it('under a thousand needs a login alone', async () => {
    expect((await call('POST', '/api/transfers', password, small)).status).toBe(201)
  })

  it('of a thousand needs a proof of its own, which both services check and which is good once', async () => {
    const token = issuer.token(oneShot)
    expect((await call('POST', '/api/transfers', token, large)).status).toBe(201)
    const again = await call('POST', '/api/transfers', token, large)
    expect(again.status).toBe(401)
    expect(again.challenge).toContain('acr_values="phr", max_age="0"')
  })

  it('sent again with its idempotency key after another step-up is booked once', async () => {
    const balance = async () => (await call('GET', '/api/account', password)).body['balanceCents']
    const before = Number(await balance())
    const first = await call('POST', '/api/transfers', oneShot, large, 'one-and-the-same')
    const second = await call('POST', '/api/transfers', oneShot, large, 'one-and-the-same')
    expect(second).toEqual(first)
    expect(await balance()).toBe(before - 100_000)
  })
})

describe('the ledger', () => {
  const send = (token: string, body: object) =>
    fetch(`${ledgerAddress}/transfers`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': `key-of-call-${(keys += 1)}`,
      },
      body: JSON.stringify(body),
    })

  it('checks for itself: whoever comes past the API needs the same proof', async () => {
    const response = await send(issuer.token(passkey), large)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toContain('acr_values="phr", max_age="0"')
  })

  it('has its challenge handed on by the API, word for word', async () => {
    const token = issuer.token(oneShot)
    expect((await send(token, large)).status).toBe(201)
    // The API has not seen this token yet and lets it pass; the ledger has.
    const handedOn = await call('POST', '/api/transfers', token, large)
    const direct = await send(token, large)
    expect(handedOn.status).toBe(401)
    expect(handedOn.challenge).toBe(direct.headers.get('www-authenticate'))
  })

  it('books nothing without an idempotency key', async () => {
    const response = await fetch(`${ledgerAddress}/transfers`, {
      method: 'POST',
      headers: { authorization: `Bearer ${issuer.token(password)}` },
      body: JSON.stringify(small),
    })
    expect(response.status).toBe(400)
  })
})
