import { setTimeout as pause } from 'node:timers/promises'
import { type TestMailServer, freePort, startMailServer } from '@newel/testing/house'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createOutbox, createSmtpMailer } from '../mail/index.ts'
import { createSealer } from '../secrets/index.ts'
import { type Account, type Store, openSqliteStore } from '../store/index.ts'
import { type Notices, createNotices } from './notices.ts'

const now = 1_800_000_000
const ada: Account = {
  id: 'sub-ada',
  username: 'ada',
  email: 'ada@example.com',
  disabled: false,
  createdAt: now,
}
const changed = { type: 'password_changed', accountId: 'sub-ada', at: now } as const
let server: TestMailServer
let store: Store
const told: object[] = []

beforeEach(async () => {
  server = await startMailServer()
  store = await openSqliteStore({ path: ':memory:', sealer: createSealer(new Uint8Array(32)) })
  told.length = 0
})
afterEach(async () => {
  await server.close()
  await store.close()
})

function noticesThrough(port: number, language?: 'fr'): Notices {
  return createNotices({
    store,
    mailer: createSmtpMailer({
      config: { from: 'id@example.com', smtp: { host: '127.0.0.1', port, tls: 'none' } },
    }),
    outbox: createOutbox({
      retryAfterSeconds: [0],
      logger: { warn: (fields) => void told.push(fields) },
    }),
    providerName: 'Northgate ID',
    language,
  })
}

async function subject(to = 'ada@example.com'): Promise<string | undefined> {
  return (await server.letterTo(to)).mail.subject
}

describe('a notice', () => {
  it('comes in the language of the account, whatever was spoken', async () => {
    await store.accounts.create({ ...ada, attributes: { locale: 'de-CH' } })
    noticesThrough(server.port, 'fr').observe({ ...changed, language: 'en' })
    expect(await subject()).toBe('Ihr Passwort wurde geändert')
  })

  it.each([
    ['nothing', {}],
    ['one that the pages do not speak', { attributes: { locale: 'rm' } }],
    ['none', { attributes: { locale: 7 } }],
  ])('comes in the language of the document where the account says %s', async (_, own) => {
    await store.accounts.create({ ...ada, ...own })
    noticesThrough(server.port, 'fr').observe(changed)
    expect(await subject()).toBe('Votre mot de passe a été changé')
  })

  it('goes to the verified address before the one that the account came with', async () => {
    await store.accounts.create(ada)
    await store.credentials.add({
      id: 'address-1',
      accountId: 'sub-ada',
      method: 'email-code',
      label: 'Email address',
      createdAt: now,
      data: { address: 'lovelace@example.com' },
    })
    noticesThrough(server.port).observe(changed)
    expect(await subject('lovelace@example.com')).toBe('Your password was changed')
    expect(server.letters).toHaveLength(1)
  })

  it.each([
    ['without an address', { email: undefined }],
    ['with what is no address', { email: 'ada@example.com, eve@example.com' }],
  ])('to an account %s is none', async (_, { email }) => {
    const { email: __, ...rest } = ada
    await store.accounts.create(email === undefined ? rest : { ...rest, email })
    await store.accounts.create({ ...ada, id: 'sub-bob', username: 'bob', email: 'b@example.com' })
    const notices = noticesThrough(server.port)
    notices.observe(changed)
    notices.observe({ ...changed, accountId: 'nobody' })
    notices.observe({ ...changed, accountId: 'sub-bob' })
    expect(await subject('b@example.com')).toBe('Your password was changed')
    expect(server.letters).toHaveLength(1)
  })

  it('that another part of the provider writes goes the same way', async () => {
    await store.accounts.create(ada)
    noticesThrough(server.port).tell('sub-ada', (locale, { username }) => ({
      subject: `${locale} ${username}`,
      text: 'Hi',
    }))
    expect(await subject()).toBe('en ada')
  })

  it('that is given up is logged with a part of the address', async () => {
    await store.accounts.create(ada)
    noticesThrough(await freePort()).addressChanged({
      account: ada,
      former: 'lovelace@example.com',
      at: now,
    })
    while (told.length === 0) await pause(5)
    expect(told).toEqual([{ code: 'undeliverable', tries: 2, to: 'l•••@example.com' }])
  })

  it('is not made of what happens all the time', async () => {
    await store.accounts.create(ada)
    const notices = noticesThrough(server.port)
    const method = 'totp'
    notices.observe({ ...changed, type: 'proof_accepted', method })
    notices.observe({ ...changed, type: 'proof_refused', method, reason: 'wrong' })
    notices.observe({ ...changed, type: 'session_ended' })
    // The first sign-in of all, and one of which no browser is known.
    notices.observe({ ...changed, type: 'signed_in', method, device: 'Firefox' })
    notices.observe({ ...changed, type: 'signed_in', method })
    notices.observe(changed)
    expect(await subject()).toBe('Your password was changed')
    expect(server.letters).toHaveLength(1)
  })
})
