import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createSealer } from '../secrets/sealer.ts'
import { openSqliteStore } from '../store/sqlite/open-sqlite-store.ts'
import { createAuthenticators } from './create-authenticators.ts'

describe('the authenticators', async () => {
  const sealer = createSealer(new Uint8Array(32))
  const store = await openSqliteStore({ path: ':memory:', sealer })
  const authenticators = createAuthenticators({
    store,
    sealer,
    rpId: 'id.example.com',
    origins: ['https://id.example.com'],
    rpName: 'Newel Bank',
    random: randomBytes,
  })

  it.each([
    ['password', 'password'],
    ['totp', 'totp'],
    ['passkey', 'webauthn'],
    ['security-key', 'webauthn'],
    ['recovery-code', 'recovery-code'],
    // Without a mailer.
    ['email-code', undefined],
    ['federated', undefined],
    ['webauthn', undefined],
    ['__proto__', undefined],
  ])('prove %s by %s', (method, id) => {
    expect(authenticators.byMethod(method)?.id).toBe(id)
  })

  it('are found by their ids, each once', () => {
    for (const { id } of authenticators.all) expect(authenticators.byId(id).id).toBe(id)
    const ids = ['password', 'totp', 'webauthn', 'recovery-code', 'email-code']
    expect(authenticators.all.map(({ id }) => id)).toEqual(ids)
  })

  it('prove no method twice', () => {
    const methods = authenticators.all.flatMap(({ proves }) => proves)
    expect(new Set(methods).size).toBe(methods.length)
  })
})
