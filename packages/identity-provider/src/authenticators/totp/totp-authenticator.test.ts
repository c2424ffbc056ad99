import { randomBytes } from 'node:crypto'
import { Secret, TOTP, URI } from 'otpauth'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixedClock, sampleAccount } from '@newel/testing'
import { createSealer } from '../../secrets/sealer.ts'
import { openSqliteStore } from '../../store/sqlite/open-sqlite-store.ts'
import type { Account } from '../../store/account-store.ts'
import type { Store } from '../../store/store.ts'
import type { Json } from '../../store/json.ts'
import { objectOf, textOf } from '../answer-state.ts'
import type { Authenticator, EnrolmentResult, Verification } from '../authenticator.ts'
import { createTotpAuthenticator } from './totp-authenticator.ts'

const ada = sampleAccount({ username: 'ada & co: é' })
const bob = sampleAccount({ id: 'sub-bob', username: 'bob' })

describe('a one-time code', () => {
  const sealer = createSealer(new Uint8Array(32).fill(5))
  const clock = fixedClock()
  let store: Store
  let totp: Authenticator
  beforeEach(async () => {
    // The first second of a time step.
    clock.set(1_800_000_000)
    store = await openSqliteStore({ path: ':memory:', sealer })
    totp = createTotpAuthenticator({ store, sealer, random: randomBytes, rpName: 'Newel Bank' })
    await store.accounts.create(ada)
    await store.accounts.create(bob)
  })
  afterEach(async () => store.close())

  /** The person's app, which knows the key from the QR code, and the answer to its first code. */
  async function enrol(
    account: Account = ada,
    label?: string,
  ): Promise<{ app: TOTP; state: Json; result: EnrolmentResult }> {
    const asked = await totp.enrolment.begin({ account, credentials: [], now: clock.now() })
    const app = URI.parse(textOf(objectOf(asked.view), 'uri') ?? '')
    if (!(app instanceof TOTP)) throw new Error('not a TOTP address')
    const response = codeAt(app, clock.now())
    const named = label === undefined ? {} : { label }
    const finish = { account, response, state: asked.state, now: clock.now(), ...named }
    const result = await totp.enrolment.finish(finish)
    if (result.ok) await store.credentials.add(result.credential)
    return { app, state: asked.state, result }
  }

  async function verify(response: Json, account: Account = ada): Promise<Verification> {
    const credentials = await store.credentials.forAccount(account.id)
    return totp.verify({ account, credentials, method: 'totp', response, now: clock.now() })
  }

  it('proves its account', async () => {
    const { app, result } = await enrol()
    clock.advance(30)
    const credentialId = result.ok ? result.credential.id : ''
    expect(await verify(codeAt(app, clock.now()))).toEqual({
      ok: true,
      accountId: 'sub-ada',
      credentialId,
      event: { method: 'totp', properties: { credentialId } },
    })
    expect((await store.credentials.byId(credentialId))?.lastUsedAt).toBe(clock.now())
  })

  it.each([
    ['two steps early', 60, false],
    ['one step early', 30, true],
    ['in its step', 0, true],
    ['one step late', -30, true],
    ['two steps late', -60, false],
  ])('is accepted %s: see the table', async (_, offset, accepted) => {
    const { app } = await enrol()
    clock.advance(300)
    const { ok } = await verify(codeAt(app, clock.now() + offset))
    expect(ok).toBe(accepted)
  })

  it('is accepted once (RFC 6238 §5.2)', async () => {
    const { app } = await enrol()
    clock.advance(30)
    const code = codeAt(app, clock.now())
    expect(await verify(code)).toMatchObject({ ok: true })
    expect(await verify(code)).toEqual({ ok: false, reason: 'replayed' })
    clock.advance(30)
    expect(await verify(code)).toEqual({ ok: false, reason: 'replayed' })
  })

  it('is accepted from one of many that send it at once', async () => {
    const { app } = await enrol()
    clock.advance(30)
    const code = codeAt(app, clock.now())
    const answers = await Promise.all(Array.from({ length: 20 }, async () => verify(code)))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
  })

  it('is spent by enrolling with it', async () => {
    const { app } = await enrol()
    expect(await verify(codeAt(app, clock.now()))).toEqual({ ok: false, reason: 'replayed' })
  })

  it('is not accepted from before the newest accepted one', async () => {
    const { app } = await enrol()
    clock.advance(300)
    expect(await verify(codeAt(app, clock.now()))).toMatchObject({ ok: true })
    const older = await verify(codeAt(app, clock.now() - 30))
    expect(older).toEqual({ ok: false, reason: 'replayed' })
  })

  it.each([
    ['in two groups', (code: string) => `${code.slice(0, 3)} ${code.slice(3)}`],
    ['with a dash', (code: string) => `${code.slice(0, 3)}-${code.slice(3)}`],
    ['with white space around it', (code: string) => `\t${code}\n`],
  ])('may be typed %s', async (_, write) => {
    const { app } = await enrol()
    clock.advance(30)
    expect(await verify(write(codeAt(app, clock.now())))).toMatchObject({ ok: true })
  })

  it.each<Json>([
    '',
    '12345',
    '1234567',
    '12345a',
    '１２３４５６',
    '1'.repeat(1e6),
    123456,
    null,
    ['123456'],
    {},
  ])('is malformed: case %#', async (response) => {
    await enrol()
    expect(await verify(response)).toEqual({ ok: false, reason: 'malformed' })
  })

  it('is wrong where it is another', async () => {
    const { app } = await enrol()
    clock.advance(30)
    const near = [-30, 0, 30].map((offset) => codeAt(app, clock.now() + offset))
    const wrong = ['000000', '111111', '222222', '333333'].find((code) => !near.includes(code))
    expect(await verify(wrong ?? '')).toEqual({ ok: false, reason: 'wrong' })
  })

  it('of one person proves nothing for another, even when the credential is handed over', async () => {
    const { app } = await enrol()
    clock.advance(30)
    const response = codeAt(app, clock.now())
    expect(await verify(response, bob)).toEqual({ ok: false, reason: 'unknown_credential' })
    const credentials = await store.credentials.forAccount(ada.id)
    const swapped = { account: bob, credentials, method: 'totp', response, now: clock.now() }
    expect(await totp.verify(swapped)).toEqual({ ok: false, reason: 'unknown_credential' })
    const nobody = { credentials, method: 'totp', response, now: clock.now() }
    expect(await totp.verify(nobody)).toEqual({ ok: false, reason: 'unknown_credential' })
  })

  it('comes from any of several apps', async () => {
    const phone = await enrol(ada, 'Phone')
    const tablet = await enrol(ada, 'Tablet')
    clock.advance(30)
    for (const { app, result } of [tablet, phone]) {
      const answer = await verify(codeAt(app, clock.now()))
      expect(answer.ok && answer.credentialId).toBe(result.ok && result.credential.id)
    }
  })

  it('proves nothing once its app was removed', async () => {
    const { app, result } = await enrol()
    const credentials = await store.credentials.forAccount(ada.id)
    if (result.ok) await store.credentials.remove(result.credential.id)
    clock.advance(30)
    const response = codeAt(app, clock.now())
    const late = { account: ada, credentials, method: 'totp', response, now: clock.now() }
    expect(await totp.verify(late)).toMatchObject({ ok: false })
  })

  it('does not open when its sealed key was moved to another person', async () => {
    const { app, result } = await enrol()
    if (!result.ok) throw new Error('not enrolled')
    await store.credentials.remove(result.credential.id)
    await store.credentials.add({ ...result.credential, accountId: bob.id })
    clock.advance(30)
    await expect(verify(codeAt(app, clock.now()), bob)).rejects.toMatchObject({
      code: 'sealed_tampered',
    })
  })
})

describe('enrolling a one-time-code app', () => {
  const sealer = createSealer(new Uint8Array(32).fill(5))
  const clock = fixedClock()
  const enrolment = createTotpAuthenticator({
    store: { credentials: unusedCredentials() },
    sealer,
    random: (size) => new Uint8Array(size).fill(65),
    rpName: 'Newel Bank',
  }).enrolment
  const app = new TOTP({ secret: Secret.fromLatin1('A'.repeat(20)) })
  const begin = async (account = ada): ReturnType<typeof enrolment.begin> =>
    enrolment.begin({ account, credentials: [], now: clock.now() })

  it('shows the address, the key and a QR code, and remembers the key sealed', async () => {
    const { view, state } = await begin()
    const shown = objectOf(view)
    expect(textOf(shown, 'secret')).toBe(app.secret.base32)
    const uri = new URL(textOf(shown, 'uri') ?? '')
    expect(uri.protocol).toBe('otpauth:')
    expect(Object.fromEntries(uri.searchParams)).toEqual({
      issuer: 'Newel Bank',
      secret: app.secret.base32,
      algorithm: 'SHA1',
      digits: '6',
      period: '30',
    })
    expect(decodeURIComponent(uri.pathname)).toContain('ada & co: é')
    expect(textOf(shown, 'qrSvg', 1e6)).toMatch(/^<svg [^>]*viewBox/)
    const remembered = JSON.stringify(state)
    expect(remembered).not.toContain(app.secret.base32)
    const sealed = Buffer.from(textOf(objectOf(state), 'secret') ?? '', 'base64url')
    expect(sealed.includes(Buffer.from('A'.repeat(20)))).toBe(false)
  })

  it('needs the first code to be right', async () => {
    const { state } = await begin()
    const response = codeAt(app, clock.now() + 3600)
    const answer = { account: ada, response, state, now: clock.now() }
    expect(await enrolment.finish(answer)).toEqual({ ok: false, reason: 'wrong' })
    expect(await enrolment.finish({ ...answer, response: 'x' })).toEqual({
      ok: false,
      reason: 'malformed',
    })
  })

  it('expires after ten minutes, to the second', async () => {
    const { state } = await begin()
    for (const [now, ok] of [
      [clock.now() + 599, true],
      [clock.now() + 600, false],
    ] as const) {
      const answer = { account: ada, response: codeAt(app, now), state, now }
      expect((await enrolment.finish(answer)).ok).toBe(ok)
    }
  })

  it('belongs to the account that began it', async () => {
    const { state } = await begin()
    const response = codeAt(app, clock.now())
    const answer = { account: bob, response, state, now: clock.now() }
    expect(await enrolment.finish(answer)).toEqual({ ok: false, reason: 'expired' })
    const renamed = { ...objectOf(state), accountId: bob.id }
    await expect(enrolment.finish({ ...answer, state: renamed })).rejects.toMatchObject({
      code: 'sealed_tampered',
    })
  })

  it.each<Json>([null, [], {}, 'state', { accountId: 'sub-ada' }])(
    'is expired without a state of its own: case %#',
    async (state) => {
      const answer = { account: ada, response: '123456', state, now: clock.now() }
      expect(await enrolment.finish(answer)).toEqual({ ok: false, reason: 'expired' })
    },
  )
})

function codeAt(app: TOTP, now: number): string {
  return app.generate({ timestamp: now * 1000 })
}

/** Enrolling stores nothing by itself. */
function unusedCredentials(): Store['credentials'] {
  return new Proxy({} as Store['credentials'], {
    get() {
      throw new Error('enrolment must not touch the store')
    },
  })
}
