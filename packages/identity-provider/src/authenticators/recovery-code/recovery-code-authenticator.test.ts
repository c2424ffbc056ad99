import { randomBytes } from 'node:crypto'
import { fixedClock, sampleAccount } from '@newel/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSealer } from '../../secrets/sealer.ts'
import type { Json } from '../../store/json.ts'
import { openSqliteStore } from '../../store/sqlite/open-sqlite-store.ts'
import type { Account } from '../../store/account-store.ts'
import type { Store } from '../../store/store.ts'
import type { Authenticator, Verification } from '../authenticator.ts'
import { createRecoveryCodeAuthenticator } from './recovery-code-authenticator.ts'

const ada = sampleAccount()
const bob = sampleAccount({ id: 'sub-bob', username: 'bob' })

describe('a recovery code', () => {
  const sealer = createSealer(new Uint8Array(32).fill(5))
  const clock = fixedClock()
  let store: Store
  let recovery: Authenticator
  beforeEach(async () => {
    store = await openSqliteStore({ path: ':memory:', sealer })
    recovery = createRecoveryCodeAuthenticator({ store, sealer, random: randomBytes })
    await store.accounts.create(ada)
    await store.accounts.create(bob)
  })
  afterEach(async () => store.close())

  async function enrol(account: Account = ada): Promise<readonly string[]> {
    const { state, view } = await recovery.enrolment.begin({
      account,
      credentials: [],
      now: clock.now(),
    })
    const { codes, set } = view as { codes: string[]; set: string }
    const answer = { account, response: set, state, now: clock.now() }
    const result = await recovery.enrolment.finish(answer)
    if (!result.ok) throw new Error(result.reason)
    expect(await store.credentials.add(result.credential)).toBe('added')
    return codes
  }

  async function verify(response: Json, account: Account = ada): Promise<Verification> {
    const credentials = await store.credentials.forAccount(account.id)
    const method = 'recovery-code'
    return recovery.verify({ account, credentials, method, response, now: clock.now() })
  }

  it('is one of ten, of eighty random bits each', async () => {
    const codes = await enrol()
    expect(new Set(codes).size).toBe(10)
    for (const code of codes)
      expect(code).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/)
  })

  it('proves its account, and nobody else', async () => {
    const [code = ''] = await enrol()
    await enrol(bob)
    expect(await verify(code, bob)).toEqual({ ok: false, reason: 'wrong' })
    expect(await verify(code)).toMatchObject({
      ok: true,
      accountId: ada.id,
      event: { method: 'recovery-code' },
    })
  })

  it('is accepted once, the others stay', async () => {
    const [first = '', second = ''] = await enrol()
    expect(await verify(first)).toMatchObject({ ok: true })
    expect(await verify(first)).toEqual({ ok: false, reason: 'replayed' })
    expect(await verify(second)).toMatchObject({ ok: true })
  })

  it('is accepted once with twenty callers at once', async () => {
    const [code = ''] = await enrol()
    const answers = await Promise.all(Array.from({ length: 20 }, async () => verify(code)))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    const [set] = await store.credentials.forAccount(ada.id)
    expect(set?.data).toMatchObject({ total: 10, used: [0] })
  })

  it('is no way in any more once all ten were used', async () => {
    for (const code of await enrol()) expect((await verify(code)).ok).toBe(true)
    expect(recovery.available(await store.credentials.forAccount(ada.id))).toEqual([])
  })

  it('of an earlier set is worth nothing after a new one was made', async () => {
    const [old = ''] = await enrol()
    const [fresh = ''] = await enrol()
    expect(await store.credentials.forAccount(ada.id)).toHaveLength(1)
    expect(await verify(old)).toEqual({ ok: false, reason: 'wrong' })
    expect(await verify(fresh)).toMatchObject({ ok: true })
  })

  it('may be typed in lower case, with spaces, and with letters for the digits they look like', async () => {
    const [code = ''] = await enrol()
    const typed = code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')
    expect(await verify(` ${typed}\n`)).toMatchObject({ ok: true })
  })

  it.each<Json>(['', '123456', 'U'.repeat(16), '0'.repeat(17), '0'.repeat(1e6), null, {}, 7])(
    'is malformed: case %#',
    async (response) => {
      await enrol()
      expect(await verify(response)).toEqual({ ok: false, reason: 'malformed' })
    },
  )

  it('is stored neither in the clear nor as a bare digest', async () => {
    const codes = await enrol()
    const kept = JSON.stringify(await store.credentials.forAccount(ada.id))
    for (const code of codes) expect(kept).not.toContain(code.replaceAll('-', ''))
  })

  it('does not open when its set was moved to another person', async () => {
    const [code = ''] = await enrol()
    const [set] = await store.credentials.forAccount(ada.id)
    if (set === undefined) throw new Error('no set')
    await store.credentials.remove(set.id)
    await store.credentials.add({ ...set, accountId: bob.id })
    await expect(verify(code, bob)).rejects.toMatchObject({ code: 'sealed_tampered' })
  })

  it('is not set up from the state of another person, from an older page, or after ten minutes', async () => {
    const { state, view } = await recovery.enrolment.begin({
      account: ada,
      credentials: [],
      now: clock.now(),
    })
    const { set } = view as { set: string }
    const answer = { account: bob, response: set, state, now: clock.now() }
    expect(await recovery.enrolment.finish(answer)).toEqual({ ok: false, reason: 'expired' })
    const other = { ...answer, account: ada, response: 'another' }
    expect(await recovery.enrolment.finish(other)).toEqual({ ok: false, reason: 'expired' })
    const late = { ...answer, account: ada, now: clock.now() + 600 }
    expect(await recovery.enrolment.finish(late)).toEqual({ ok: false, reason: 'expired' })
  })
})
