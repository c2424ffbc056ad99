import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import {
  type IdentityProvider,
  type Store,
  createIdentityProvider,
  createSealer,
  openSqliteStore,
} from '@newel/identity-provider'
import {
  type TestHouse,
  type Visitor,
  answerPage,
  formsOf,
  requestTokens,
  totpCode,
} from '@newel/testing/house'
import { ask, journey, now, openStepUpHouse } from './step-up-house.ts'

const clientSecret = 'api-secret-api-secret-api-secret-1'
const said: string[] = []
let house: TestHouse
let provider: IdentityProvider
let store: Store
/** Set: the store fails with it whenever a session's record is read. */
let broken = false

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  said.length = 0
  broken = false
  const sealer = createSealer(randomBytes(32))
  store = await openSqliteStore({ path: ':memory:', sealer })
  house = await openStepUpHouse({ store, sealer, keepStore: true })
  // The same house again, under a logger that keeps everything it is given.
  await house.provider.close()
  const keep = (...told: unknown[]): void => {
    said.push(inspect(told, { depth: Infinity, maxStringLength: Infinity, showHidden: true }))
  }
  provider = await createIdentityProvider({
    document: house.document,
    store: {
      ...store,
      sessions: {
        ...store.sessions,
        async read(uid) {
          if (broken) throw new Error('the disk is gone')
          return store.sessions.read(uid)
        },
      },
    },
    sealer,
    clientSecrets: new Map([['api', clientSecret]]),
    logger: { info: keep, warn: keep, error: keep },
    observe: keep,
  })
  await provider.listen({ port: Number(new URL(house.issuer).port) })
})
afterEach(async () => {
  vi.useRealTimers()
  await provider.close()
  await store.close()
})

it('no secret, code, cookie or token reaches a log line or an event', async () => {
  const ada = await house.addPerson('ada', { totp: true })
  const secrets = new Set([ada.password, ada.totpKey, clientSecret])
  const visitor = house.visitor()
  const note = (who: Visitor): void => {
    for (const { value } of who.cookies.values()) secrets.add(value)
  }

  // Signing in, wrong and right.
  const first = await ask(house, visitor, {})
  note(visitor)
  const typed = 'a password typed wrongly'
  const wrong = await visitor.submit(first.page, { username: ada.username, password: typed })
  await visitor.submit(wrong, { username: 'my password typed as name', password: typed })
  secrets.add(typed).add('my password typed as name')
  secrets.add(formsOf(wrong)[0]?.fields['csrf_token'] ?? '')
  const end = await answerPage(visitor, wrong, ada)
  note(visitor)
  secrets.add(end.url.searchParams.get('code') ?? '').add(first.attempt.verifier)

  // Stepping up: a wrong code, a right one, the same again.
  const { page } = await ask(house, visitor, { acr_values: 'mfa' })
  note(visitor)
  const code = totpCode(ada.totpKey, now())
  const guess = code === '135790' ? '135791' : '135790'
  secrets.add(code).add(guess)
  const refused = await visitor.submit(page, { code: guess })
  await visitor.submit(refused, { code })
  note(visitor)
  const replaying = house.visitor()
  await journey(house, replaying, ada)
  const again = await ask(house, replaying, { acr_values: 'mfa' })
  await visitor.submit(again.page, { code })
  await replaying.submit(again.page, { code })
  await visitor.post(again.page.url, { csrf_token: 'forged-forged-forged', code })
  secrets.add('forged-forged-forged')
  note(replaying)

  // Tokens, and what goes wrong with them.
  const tokens = await journey(house, visitor, ada)
  note(visitor)
  for (const name of ['access_token', 'id_token', 'refresh_token'])
    secrets.add(String(tokens.raw[name]))
  const refresh = async () =>
    requestTokens(house, {
      grant_type: 'refresh_token',
      client_id: 'web',
      refresh_token: String(tokens.raw['refresh_token']),
    })
  const renewed = await refresh()
  for (const name of ['access_token', 'id_token', 'refresh_token'])
    secrets.add(String(renewed.raw[name]))
  await refresh()
  await requestTokens(house, {
    grant_type: 'authorization_code',
    client_id: 'api',
    client_secret: 'guessed-client-secret',
    code: 'guessed-authorization-code',
    redirect_uri: house.redirectUri,
    code_verifier: 'v'.repeat(43),
  })
  secrets.add('guessed-client-secret').add('guessed-authorization-code').add('v'.repeat(43))
  await ask(house, visitor, { id_token_hint: `${String(tokens.raw['id_token'])}x` })
  await ask(house, visitor, { acr_values: 'gold' })

  // The store fails: under a page, and under the protocol.
  const last = await ask(house, visitor, { acr_values: 'phr' })
  broken = true
  await visitor.get(last.page.url)
  await ask(house, visitor, { acr_values: 'mfa' })
  note(visitor)

  expect(said.length).toBeGreaterThan(20)
  // Each request has its line, and none of them says what the address carried.
  const lines = said.filter((line) => /'request',?\s/.test(line))
  expect(lines.length).toBeGreaterThan(20)
  expect(lines.filter((line) => /\?|acr_values|code_challenge|csrf/.test(line))).toEqual([])
  expect(said.some((line) => line.includes('a page failed'))).toBe(true)
  expect(said.some((line) => line.includes('the provider failed'))).toBe(true)
  expect(said.some((line) => line.includes('a request was refused'))).toBe(true)
  const told = said.join('\n')
  secrets.delete('')
  expect(secrets.size).toBeGreaterThan(20)
  expect([...secrets].filter((secret) => told.includes(secret))).toEqual([])
})
