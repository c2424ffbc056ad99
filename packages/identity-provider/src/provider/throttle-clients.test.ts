import { randomBytes } from 'node:crypto'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSealer } from '../secrets/index.ts'
import { type Store, openSqliteStore } from '../store/index.ts'
import { throttleClients } from './throttle-clients.ts'

let store: Store
beforeAll(async () => {
  store = await openSqliteStore({ path: ':memory:', sealer: createSealer(randomBytes(32)) })
})
afterAll(async () => store.close())

const lockout = {
  attempts: 1,
  windowSeconds: 60,
  durationSeconds: 60,
  backOff: { maximumSeconds: 60, forgetAfterSeconds: 60 },
}

/** One node of several; tells the status of a request whose client has a wrong secret. */
function node(): (address: string) => Promise<number> {
  const throttle = throttleClients({ store: store.attempts, lockout, clock: () => 1_800_000_000 })
  return async (address) => {
    const ctx = { method: 'POST', path: '/token', ip: address, set() {}, status: 0, body: {} }
    await throttle(ctx as unknown as KoaContextWithOIDC, async () => {
      ctx.status = 401
      ctx.body = { error: 'invalid_client' }
    })
    return ctx.status
  }
}

describe('an address that another node refuses', () => {
  it('is refused with its first wrong credential here, which says nothing of that any more', async () => {
    const [first, second] = [node(), node()]
    const statuses = []
    for (let guess = 0; guess < 11; guess += 1) statuses.push(await first('192.0.2.1'))
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429])
    expect(await second('192.0.2.1')).toBe(429)
    expect(await second('192.0.2.2')).toBe(401)
  })
})
