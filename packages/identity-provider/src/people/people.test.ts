import { randomBytes } from 'node:crypto'
import { TOTP, URI } from 'otpauth'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixedClock, startMailServer } from '@newel/testing'
import { createAuthenticators } from '../authenticators/index.ts'
import type { AuthenticatorId, Authenticators, Verification } from '../authenticators/index.ts'
import { accountKey } from '../interaction/attempts.ts'
import { createSmtpMailer } from '../mail/index.ts'
import { createSealer } from '../secrets/index.ts'
import { openSqliteStore } from '../store/index.ts'
import type { Store } from '../store/index.ts'
import { createPeople } from './people.ts'
import type { People } from './people.ts'

const password = 'correct horse battery'

describe('people', () => {
  const sealer = createSealer(new Uint8Array(32).fill(7))
  const clock = fixedClock()
  let store: Store
  let authenticators: Authenticators
  let people: People
  beforeEach(async () => {
    // The first second of a time step.
    clock.set(1_800_000_000)
    store = await openSqliteStore({ path: ':memory:', sealer })
    authenticators = createAuthenticators({
      store,
      sealer,
      rpId: 'id.example.com',
      origins: ['https://id.example.com'],
      rpName: 'Newel Bank',
      random: randomBytes,
    })
    people = createPeople({ store, authenticators, random: randomBytes, clock: () => clock.now() })
  })
  afterEach(async () => store.close())

  /** As the login page judges an answer. */
  async function prove(id: AuthenticatorId, response: string): Promise<Verification> {
    const account = await people.find('ada')
    if (!account) throw new Error('no account')
    const credentials = await store.credentials.forAccount(account.id)
    const method = id === 'password' ? 'password' : 'totp'
    return authenticators
      .byId(id)
      .verify({ account, credentials, method, response, now: clock.now() })
  }

  async function usernames(): Promise<string[]> {
    const names: string[] = []
    for await (const { username } of people.list()) names.push(username)
    return names
  }

  it('tells a person by mail what was done to their account, as the pages do', async () => {
    const server = await startMailServer()
    const smtp = { host: '127.0.0.1', port: server.port, tls: 'none' } as const
    const mailer = createSmtpMailer({ config: { from: 'id@example.com', smtp } })
    const mail = { mailer, providerName: 'Newel Bank', language: 'fr' } as const
    const options = { store, authenticators, random: randomBytes, clock: () => clock.now(), mail }
    const told = createPeople(options)
    const { id } = await told.add({ username: 'ada', email: 'ada@example.com' })
    await told.setPassword('ada', password)
    await told.enrolTotp('ada')
    await told.newRecoveryCodes('ada')
    const [totp] = (await store.credentials.forAccount(id)).filter(
      ({ method }) => method === 'totp',
    )
    const report = async (name: string): Promise<unknown> =>
      store.recoveries.begin(
        {
          id: name,
          accountId: id,
          credentialIds: [totp?.id ?? ''],
          requestedAt: clock.now(),
          readyAt: clock.now() + 10,
          expiresAt: clock.now() + 20,
        },
        clock.now(),
      )
    await report('first')
    await told.refuseRecovery('ada')
    await report('second')
    await told.finishRecovery('ada')
    await told.disable('ada')
    await told.enable('ada')
    await told.close()
    await server.close()
    const letters = server.letters.map(({ mail: { subject } }) => subject)
    expect(new Set(letters)).toEqual(
      new Set([
        'Ce qui était perdu est supprimé',
        'De nouveaux codes de secours ont été créés',
        'Rien n’est supprimé de votre compte',
        'Un moyen de connexion a été ajouté à votre compte',
        'Un moyen de connexion a été supprimé de votre compte',
        'Votre compte a été désactivé',
        'Votre compte est réactivé',
        'Votre mot de passe a été changé',
      ]),
    )
    expect(new Set(server.letters.flatMap(({ recipients }) => recipients))).toEqual(
      new Set(['ada@example.com']),
    )
  })

  it('shows, refuses and finishes what a person reported as lost', async () => {
    const { id } = await people.add({ username: 'ada', password: 'a long enough one' })
    await people.enrolTotp('ada')
    const [, totp] = await store.credentials.forAccount(id)
    const report = async (): Promise<unknown> =>
      store.recoveries.begin(
        {
          id: 'recovery-1',
          accountId: id,
          credentialIds: [totp?.id ?? ''],
          requestedAt: clock.now(),
          readyAt: clock.now() + 86_400,
          expiresAt: clock.now() + 8 * 86_400,
        },
        clock.now(),
      )
    await expect(people.refuseRecovery('ada')).rejects.toMatchObject({ code: 'no_recovery' })
    await report()
    expect(await people.recovery('ada')).toEqual({ lost: ['totp'], readyAt: clock.now() + 86_400 })
    await people.refuseRecovery('ada')
    expect(await people.recovery('ada')).toBeUndefined()
    await report()
    expect(await people.finishRecovery('ada')).toEqual(['totp'])
    expect(await store.credentials.forAccount(id)).toHaveLength(1)
    await expect(people.finishRecovery('ada')).rejects.toMatchObject({ code: 'no_recovery' })
    await people.setPassword('ada', 'another long one')
    // Its owner reads what an operator did.
    const told = await store.securityEvents.recent(id, 9)
    expect(told.map(({ type, method }) => [type, method]).toReversed()).toEqual([
      ['authenticator_enrolled', 'totp'],
      ['recovery_stopped', undefined],
      ['authenticator_removed', 'totp'],
      ['recovery_finished', undefined],
      ['password_changed', undefined],
    ])
  })

  it('are added with what the pages and claims show, and can sign in at once', async () => {
    const added = await people.add({
      username: ' ada ',
      name: 'Ada Lovelace',
      email: 'ada@example.com',
      password,
    })
    expect(added).toMatchObject({
      username: 'ada',
      name: 'Ada Lovelace',
      email: 'ada@example.com',
      disabled: false,
      createdAt: clock.now(),
    })
    expect(await store.accounts.byId(added.id)).toEqual(added)
    expect(await prove('password', password)).toMatchObject({ ok: true })
  })

  it.each([
    ['username_taken', { username: 'ADA ', password }],
    ['invalid_username', { username: ' ', password }],
    ['invalid_username', { username: 'a\u0000b', password }],
    ['invalid_username', { username: 'a\u202Eb', password }],
    ['invalid_username', { username: 'a'.repeat(257), password }],
    ['invalid_email', { username: 'bob', email: 'bob at example', password }],
    ['password_too_short', { username: 'bob', password: '1234567' }],
    ['password_too_long', { username: 'bob', password: 'ab'.repeat(513) }],
    ['password_too_simple', { username: 'bob-the-builder', password: 'Bob-the-Builder' }],
    ['password_too_simple', { username: 'bob', password: 'aaaaaaaaaa' }],
  ])('are refused with `%s`, and nothing of them is kept: %j', async (code, person) => {
    await people.add({ username: 'ada' })
    await expect(people.add(person)).rejects.toMatchObject({ name: 'PeopleError', code })
    expect(await usernames()).toEqual(['ada'])
  })

  it('are listed in the order of user names, however many pages that takes', async () => {
    const names = Array.from({ length: 205 }, (_, index) => `p${String(index).padStart(3, '0')}`)
    for (const username of names.toReversed()) await people.add({ username })
    expect(await usernames()).toEqual(names)
  })

  it('are disabled at once, with every token of before, and enabled without those', async () => {
    const { id } = await people.add({ username: 'ada', password })
    clock.advance(60)
    expect(await people.disable('ADA')).toBe(true)
    const disabledAt = clock.now()
    clock.advance(60)
    expect(await people.disable('ada')).toBe(false)
    expect(await people.find('ada')).toMatchObject({ disabled: true, validFrom: disabledAt })
    expect(await people.enable('ada')).toBe(true)
    expect(await people.enable('ada')).toBe(false)
    expect(await people.find('ada')).toMatchObject({ disabled: false, validFrom: disabledAt })
    const events = await store.securityEvents.recent(id, 10)
    expect(events.map(({ type }) => type)).toEqual(['account_enabled', 'account_disabled'])
  })

  it('are disabled with what their open sessions have proved, were they enabled a moment later', async () => {
    const { id } = await people.add({ username: 'ada', password })
    const proof = { method: 'password', at: clock.now() } as const
    await store.sessions.append('session', id, [proof], clock.now())
    await people.disable('ada')
    await people.enable('ada')
    expect(await store.sessions.read('session')).toMatchObject({ accountId: id, events: [] })
  })

  it('have the locks of every method ended, and no lock before that counts', async () => {
    const { id } = await people.add({ username: 'ada', password })
    const limit = { attempts: 1, windowSeconds: 900, lockSeconds: 900 }
    for (const method of ['totp', 'password', 'security-key'] as const) {
      await store.attempts.fail(accountKey(id, method), clock.now(), limit)
    }
    const unlocked = await people.unlock('ada')
    expect(unlocked.toSorted()).toEqual(['password', 'security-key', 'totp'])
    for (const method of unlocked) {
      expect(await store.attempts.state(accountKey(id, method), clock.now())).not.toHaveProperty(
        'lockedUntil',
      )
    }
    expect(await people.unlock('ada')).toEqual([])
    const events = await store.securityEvents.recent(id, 10)
    expect(events.map(({ type }) => type)).toEqual(Array(3).fill('method_unlocked'))
  })

  it('are removed with every authenticator', async () => {
    const { id } = await people.add({ username: 'ada', password })
    await people.enrolTotp('ada')
    expect((await people.remove('Ada')).id).toBe(id)
    expect(await usernames()).toEqual([])
    expect(await store.credentials.forAccount(id)).toEqual([])
  })

  it('get a first password, and another in its place', async () => {
    await people.add({ username: 'ada' })
    await people.setPassword('ada', password)
    await people.setPassword('ada', 'staple staple')
    expect(await prove('password', password)).toEqual({ ok: false, reason: 'wrong' })
    expect(await prove('password', 'staple staple')).toMatchObject({ ok: true })
  })

  it('keep their password where the new one is refused', async () => {
    await people.add({ username: 'ada', password })
    await expect(people.setPassword('ada', 'short')).rejects.toMatchObject({
      code: 'password_too_short',
    })
    expect(await prove('password', password)).toMatchObject({ ok: true })
  })

  it('lose every authenticator and keep the account', async () => {
    await people.add({ username: 'ada', password })
    await people.enrolTotp('ada')
    expect(await people.removeAuthenticators('ada')).toBe(2)
    expect(await people.removeAuthenticators('ada')).toBe(0)
    expect(await usernames()).toEqual(['ada'])
  })

  describe('one-time codes that an operator enrols', () => {
    function appOf(uri: string): TOTP {
      const app = URI.parse(uri)
      if (!(app instanceof TOTP)) throw new Error('not a TOTP address')
      return app
    }
    const codeAt = (app: TOTP, at: number): string => app.generate({ timestamp: at * 1000 })

    it('are good in the second of the enrolment, each once', async () => {
      await people.add({ username: 'ada', password })
      const { uri, key } = await people.enrolTotp('ada', 'Key ring')
      const app = appOf(uri)
      expect(app).toMatchObject({ issuer: 'Newel Bank', label: 'ada' })
      expect(app.secret.base32).toBe(key)
      const code = codeAt(app, clock.now())
      expect(await prove('totp', code)).toMatchObject({ ok: true })
      expect(await prove('totp', code)).toEqual({ ok: false, reason: 'replayed' })
    })

    it('are not good for a time before the enrolment', async () => {
      await people.add({ username: 'ada', password })
      const app = appOf((await people.enrolTotp('ada')).uri)
      const before = codeAt(app, clock.now() - 30)
      expect(await prove('totp', before)).toEqual({ ok: false, reason: 'replayed' })
    })

    it('stand beside an app that is there already', async () => {
      await people.add({ username: 'ada', password })
      const first = appOf((await people.enrolTotp('ada')).uri)
      const second = appOf((await people.enrolTotp('ada')).uri)
      expect(await prove('totp', codeAt(first, clock.now()))).toMatchObject({ ok: true })
      expect(await prove('totp', codeAt(second, clock.now()))).toMatchObject({ ok: true })
    })
  })

  it.each([
    ['remove', async () => people.remove('nobody')],
    ['disable', async () => people.disable('nobody')],
    ['enable', async () => people.enable('nobody')],
    ['unlock', async () => people.unlock('nobody')],
    ['setPassword', async () => people.setPassword('nobody', password)],
    ['enrolTotp', async () => people.enrolTotp('nobody')],
    ['removeAuthenticators', async () => people.removeAuthenticators('nobody')],
  ])('that nobody knows are `unknown_person` to %s', async (_name, act) => {
    await expect(act()).rejects.toMatchObject({ code: 'unknown_person', username: 'nobody' })
  })
})
