import { beforeEach, describe, expect, it } from 'vitest'
import {
  atOnce,
  sampleAccount,
  sampleAddress,
  sampleFederated,
  samplePassword,
  sampleTime as t,
  sampleRecoveryCodes,
  sampleTotp,
  sampleWebAuthn,
} from './samples.ts'
import type { StoreInUse } from './store-contract.ts'

export function credentialContract(store: StoreInUse): void {
  it('renames a credential that is there', async () => {
    await store().accounts.create(sampleAccount())
    await store().credentials.add(sampleTotp())
    expect(await store().credentials.rename('totp-1', 'Tablet')).toBe(true)
    expect(await store().credentials.byId('totp-1')).toEqual(sampleTotp({ label: 'Tablet' }))
    expect(await store().credentials.rename('unknown', 'x')).toBe(false)
  })

  beforeEach(async () => {
    await store().accounts.create(sampleAccount())
    await store().accounts.create(sampleAccount({ id: 'sub-bob', username: 'bob' }))
  })

  it('gives back what was added, oldest first, and only to its account', async () => {
    const all = [
      sampleTotp({ createdAt: t + 1, label: 'Телефон 📱' }),
      samplePassword({ createdAt: t + 2 }),
      sampleWebAuthn({}, { createdAt: t + 3 }),
    ]
    for (const credential of all.toReversed()) {
      expect(await store().credentials.add(credential)).toBe('added')
    }
    const found = await store().credentials.forAccount('sub-ada')
    expect(found.map((credential) => plain(credential))).toEqual(all.map(plain))
    expect(await store().credentials.forAccount('sub-bob')).toEqual([])
    expect(plain(await store().credentials.byId('totp-1'))).toEqual(plain(all[0]))
    expect(await store().credentials.byId('nothing')).toBeUndefined()
  })

  it('needs an account that exists', async () => {
    const orphan = samplePassword({ accountId: 'nobody' })
    expect(await store().credentials.add(orphan)).toBe('unknown_account')
    expect(await store().credentials.replacePassword(orphan)).toBe(false)
    expect(await store().credentials.byId(orphan.id)).toBeUndefined()
  })

  it('gives a WebAuthn credential id to one account in the whole store', async () => {
    expect(await store().credentials.add(sampleWebAuthn())).toBe('added')
    const stolen = sampleWebAuthn({}, { id: 'webauthn-2', accountId: 'sub-bob' })
    expect(await store().credentials.add(stolen)).toBe('duplicate')
    const found = await store().credentials.byWebAuthnId('Y3JlZGVudGlhbA')
    expect(found).toEqual(sampleWebAuthn())
    expect(await store().credentials.byWebAuthnId('webauthn-1')).toBeUndefined()
  })

  it('gives a subject of an upstream provider to one account in the whole store', async () => {
    const { issuer, subject } = sampleFederated().data
    const results = await atOnce(async (n) =>
      store().credentials.add(
        sampleFederated({ id: `federated-${n}`, accountId: n % 2 === 0 ? 'sub-ada' : 'sub-bob' }),
      ),
    )
    expect(results.filter((result) => result === 'added')).toHaveLength(1)
    const found = await store().credentials.byUpstreamSubject(issuer, subject)
    expect(found?.data).toEqual({ issuer, subject })
    expect(
      await store().credentials.byUpstreamSubject('https://other.example', subject),
    ).toBeUndefined()
    expect(await store().credentials.byUpstreamSubject(issuer, 'other')).toBeUndefined()
  })

  it('notes what an upstream has proved, whoever notes at the same time, and of links alone', async () => {
    await store().credentials.add(sampleFederated())
    await store().credentials.add(sampleTotp())
    await atOnce(
      async (n) => store().credentials.noteUpstreamProofs('federated-1', ['mfa', `entry-${n}`]),
      4,
    )
    const found = await store().credentials.byId('federated-1')
    const proved = found?.method === 'federated' ? found.data.proved : undefined
    expect(proved?.toSorted()).toEqual(['entry-0', 'entry-1', 'entry-2', 'entry-3', 'mfa'])
    expect(await store().credentials.noteUpstreamProofs('federated-1', ['mfa'])).toBe(true)
    expect(await store().credentials.noteUpstreamProofs('totp-1', ['mfa'])).toBe(false)
    expect(await store().credentials.noteUpstreamProofs('unknown', ['mfa'])).toBe(false)
  })

  it('finds nobody any more by an upstream subject that was removed, and gives it to another', async () => {
    await store().credentials.add(sampleFederated())
    await store().credentials.remove('federated-1')
    const { issuer, subject } = sampleFederated().data
    expect(await store().credentials.byUpstreamSubject(issuer, subject)).toBeUndefined()
    const other = sampleFederated({ id: 'federated-2', accountId: 'sub-bob' })
    expect(await store().credentials.add(other)).toBe('added')
    expect(await store().credentials.byUpstreamSubject(issuer, subject)).toEqual(other)
  })

  it('has one password per account, whoever adds at the same time', async () => {
    const results = await atOnce(async (n) =>
      store().credentials.add(samplePassword({ id: `password-${n}` })),
    )
    expect(results.filter((result) => result === 'added')).toHaveLength(1)
    expect(await store().credentials.forAccount('sub-ada')).toHaveLength(1)
    const other = samplePassword({ id: 'password-bob', accountId: 'sub-bob' })
    expect(await store().credentials.add(other)).toBe('added')
  })

  it('is removed once', async () => {
    await store().credentials.add(sampleTotp())
    expect(await store().credentials.remove('totp-1')).toBe(true)
    expect(await store().credentials.remove('totp-1')).toBe(false)
    expect(await store().credentials.acceptTotpStep('totp-1', 1)).toBe(false)
  })

  it('notes the last use and never an earlier one', async () => {
    await store().credentials.add(sampleTotp())
    await store().credentials.touch('totp-1', t + 9)
    await store().credentials.touch('totp-1', t + 5)
    expect((await store().credentials.byId('totp-1'))?.lastUsedAt).toBe(t + 9)
    await store().credentials.touch('nothing', t)
  })

  describe('replacing a password', () => {
    it('adds the first, then puts the new one in its place', async () => {
      const { credentials } = store()
      expect(await credentials.replacePassword(samplePassword())).toBe(true)
      expect(await credentials.replacePassword(samplePassword({ id: 'password-2' }))).toBe(true)
      const ids = (await credentials.forAccount('sub-ada')).map(({ id }) => id)
      expect(ids).toEqual(['password-2'])
    })

    it('leaves one that was changed meanwhile', async () => {
      const { credentials } = store()
      await credentials.add(samplePassword())
      await credentials.replacePassword(samplePassword({ id: 'password-2' }))
      const late = samplePassword({ secret: Uint8Array.of(1) })
      expect(await credentials.replacePassword(late, 'password-1')).toBe(false)
      expect((await credentials.forAccount('sub-ada'))[0]?.id).toBe('password-2')
    })

    it('does not bring back one that was removed', async () => {
      expect(await store().credentials.replacePassword(samplePassword(), 'password-1')).toBe(false)
      expect(await store().credentials.forAccount('sub-ada')).toEqual([])
    })

    it('keeps the present one where the new id belongs to somebody else', async () => {
      const { credentials } = store()
      await credentials.add(samplePassword())
      await credentials.add(samplePassword({ id: 'password-bob', accountId: 'sub-bob' }))
      const clash = samplePassword({ id: 'password-bob' })
      await expect(credentials.replacePassword(clash)).rejects.toMatchObject({
        code: 'store_conflict',
      })
      expect((await credentials.forAccount('sub-ada'))[0]?.id).toBe('password-1')
      expect((await credentials.forAccount('sub-bob'))[0]?.id).toBe('password-bob')
    })
  })

  describe('time steps (RFC 6238 §5.2)', () => {
    it('are accepted once, by one of many callers at once', async () => {
      await store().credentials.add(sampleTotp())
      const won = await atOnce(async () => store().credentials.acceptTotpStep('totp-1', 100))
      expect(won.filter(Boolean)).toHaveLength(1)
    })

    it('only ever rise', async () => {
      await store().credentials.add(sampleTotp())
      const { credentials } = store()
      const steps = [100, 99, 100, 101, 100]
      const accepted = []
      for (const step of steps) accepted.push(await credentials.acceptTotpStep('totp-1', step))
      expect(accepted).toEqual([true, false, false, true, false])
      const stored = await credentials.byId('totp-1')
      expect(stored?.data).toMatchObject({ acceptedStep: 101 })
      expect(stored?.lastUsedAt).toBeUndefined()
    })

    it('note the use with the step, where a time is given, and only with one that is accepted', async () => {
      const { credentials } = store()
      await credentials.add(sampleTotp())
      expect(await credentials.acceptTotpStep('totp-1', 100, t + 5)).toBe(true)
      expect(await credentials.acceptTotpStep('totp-1', 100, t + 9)).toBe(false)
      expect((await credentials.byId('totp-1'))?.lastUsedAt).toBe(t + 5)
      expect(await credentials.acceptTotpStep('totp-1', 101)).toBe(true)
      expect((await credentials.byId('totp-1'))?.lastUsedAt).toBe(t + 5)
    })

    it('count from the one that enrolment spent', async () => {
      const data = { ...sampleTotp().data, acceptedStep: 50 }
      await store().credentials.add(sampleTotp({ data }))
      expect(await store().credentials.acceptTotpStep('totp-1', 50)).toBe(false)
      expect(await store().credentials.acceptTotpStep('totp-1', 51)).toBe(true)
    })

    it('belong to one-time-code apps alone', async () => {
      await store().credentials.add(sampleWebAuthn())
      expect(await store().credentials.acceptTotpStep('webauthn-1', 1)).toBe(false)
      await store().credentials.add(sampleTotp())
      expect(await store().credentials.acceptCounter('totp-1', 1)).toBe(false)
    })
  })

  describe('recovery codes', () => {
    it('are used up once each, by one of many callers at once', async () => {
      await store().credentials.add(sampleRecoveryCodes())
      const { credentials } = store()
      const won = await atOnce(async () => credentials.acceptRecoveryCode('recovery-1', 3))
      expect(won.filter(Boolean)).toHaveLength(1)
      expect(await credentials.acceptRecoveryCode('recovery-1', 9)).toBe(true)
      expect((await credentials.byId('recovery-1'))?.data).toEqual({ total: 10, used: [3, 9] })
    })

    it('are all used at once, each by one caller', async () => {
      await store().credentials.add(sampleRecoveryCodes())
      const { credentials } = store()
      const won = await atOnce(async (index) =>
        credentials.acceptRecoveryCode('recovery-1', index % 10),
      )
      expect(won.filter(Boolean)).toHaveLength(10)
    })

    it('of a new set take the place of the present ones', async () => {
      const { credentials } = store()
      await credentials.add(sampleRecoveryCodes())
      expect(await credentials.add(sampleRecoveryCodes({ id: 'recovery-2' }))).toBe('added')
      expect((await credentials.forAccount('sub-ada')).map(({ id }) => id)).toEqual(['recovery-2'])
      expect(await credentials.add(sampleRecoveryCodes({ id: 'recovery-2' }))).toBe('duplicate')
    })

    it('belong to sets of recovery codes alone', async () => {
      await store().credentials.add(sampleTotp())
      expect(await store().credentials.acceptRecoveryCode('totp-1', 0)).toBe(false)
      expect(await store().credentials.acceptRecoveryCode('nothing', 0)).toBe(false)
    })
  })

  describe('verified addresses', () => {
    it('are one for each account, whoever adds at the same time, and its email from then on', async () => {
      const { credentials, accounts } = store()
      const results = await atOnce(async (n) =>
        credentials.add(
          sampleAddress({ id: `address-${n}`, data: { address: `ada${n}@example.com` } }),
        ),
      )
      expect(results.every((result) => result === 'added')).toBe(true)
      const [kept, ...others] = await credentials.forAccount('sub-ada')
      expect(others).toEqual([])
      const { email } = (await accounts.byId('sub-ada')) ?? {}
      expect(kept?.data).toEqual({ address: email })
      expect((await accounts.byId('sub-bob'))?.email).toBeUndefined()
    })

    it('leave the email of the account when they are removed', async () => {
      await store().credentials.add(sampleAddress())
      await store().credentials.remove('address-1')
      expect((await store().accounts.byId('sub-ada'))?.email).toBe('Ada@example.com')
    })
  })

  describe('signature counters (WebAuthn §7.2 step 22)', () => {
    it.each([
      [0, 0, true],
      [0, 1, true],
      [5, 6, true],
      [5, 5, false],
      [5, 4, false],
      [5, 0, false],
    ])('at %i: %i is accepted: %s', async (stored, next, accepted) => {
      await store().credentials.add(sampleWebAuthn({ counter: stored }))
      expect(await store().credentials.acceptCounter('webauthn-1', next)).toBe(accepted)
      const found = await store().credentials.byWebAuthnId('Y3JlZGVudGlhbA')
      expect(found?.data.counter).toBe(accepted ? next : stored)
    })

    it('are accepted from one of many callers at once', async () => {
      await store().credentials.add(sampleWebAuthn({ counter: 5 }))
      const won = await atOnce(async () => store().credentials.acceptCounter('webauthn-1', 6))
      expect(won.filter(Boolean)).toHaveLength(1)
    })
  })
}

/** A database may give back its own kind of byte array. */
function plain(credential: object | undefined): unknown {
  if (!credential || !('secret' in credential)) return credential
  const { secret, ...rest } = credential
  return { ...rest, secret: secret instanceof Uint8Array ? [...secret] : secret }
}
