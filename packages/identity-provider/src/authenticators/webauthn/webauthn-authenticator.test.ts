import { randomBytes } from 'node:crypto'
import {
  AuthenticatorEmulator,
  PasskeysCredentialsMemoryRepository,
  WebAuthnEmulator,
} from 'nid-webauthn-emulator'
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from 'nid-webauthn-emulator'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixedClock, sampleAccount } from '@newel/testing'
import { createSealer } from '../../secrets/sealer.ts'
import type { Json } from '../../store/json.ts'
import { openSqliteStore } from '../../store/sqlite/open-sqlite-store.ts'
import type { Account } from '../../store/account-store.ts'
import type { Credential } from '../../store/credential.ts'
import type { Store } from '../../store/store.ts'
import { objectOf } from '../answer-state.ts'
import type { Asked, Authenticator, EnrolmentResult, Verification } from '../authenticator.ts'
import { createWebAuthnAuthenticator } from './webauthn-authenticator.ts'

const origin = 'https://id.example.com'
const ada = sampleAccount({ name: 'Ada' })
const bob = sampleAccount({ id: 'sub-bob', username: 'bob' })

const sealer = createSealer(new Uint8Array(32).fill(6))
const clock = fixedClock()
let store: Store
let webauthn: Authenticator
let device: Device

beforeEach(async () => {
  store = await openSqliteStore({ path: ':memory:', sealer })
  webauthn = create()
  device = new Device()
  await store.accounts.create(ada)
  await store.accounts.create(bob)
})
afterEach(async () => store.close())

/** A person's authenticator, with or without a finger on its sensor. */
class Device {
  readonly #authenticator = new AuthenticatorEmulator({
    // The library's default is shared by every emulator of the process.
    credentialsRepository: new PasskeysCredentialsMemoryRepository(),
  })
  readonly #browser = new WebAuthnEmulator(this.#authenticator)

  verifiesUser(userVerified: boolean): this {
    const verifications = { userPresent: true, userVerified }
    const interaction = () => ({ options: { uv: userVerified, up: true } })
    this.#authenticator.params = {
      ...this.#authenticator.params,
      verifications,
      userMakeCredentialInteraction: interaction,
      userGetAssertionInteraction: interaction,
    }
    return this
  }

  counts(signCounterIncrement: number): this {
    this.#authenticator.params = { ...this.#authenticator.params, signCounterIncrement }
    return this
  }

  create(view: Json | undefined, at = origin): Json {
    const options = view as unknown as PublicKeyCredentialCreationOptionsJSON
    return this.#browser.createJSON(at, options) as unknown as Json
  }

  get(view: Json | undefined, at = origin): AuthenticationResponseJSON {
    const options = view as unknown as PublicKeyCredentialRequestOptionsJSON
    return this.#browser.getJSON(at, options)
  }
}

function create(changes: { rpId?: string; origins?: string[] } = {}): Authenticator {
  const rp = { rpId: 'id.example.com', rpName: 'Newel Bank', origins: [origin] }
  return createWebAuthnAuthenticator({ store, random: randomBytes, ...rp, ...changes })
}

async function enrol(method?: string, account = ada, by = device): Promise<EnrolmentResult> {
  const credentials = await store.credentials.forAccount(account.id)
  const named = method === undefined ? {} : { method }
  const now = clock.now()
  const { state, view } = await webauthn.enrolment.begin({ account, credentials, now, ...named })
  const response = by.create(view)
  const result = await webauthn.enrolment.finish({ account, response, state, now })
  if (result.ok) await store.credentials.add(result.credential)
  return result
}

async function begin(method: string, account: Account | undefined = ada): Promise<Asked> {
  const credentials = account ? await store.credentials.forAccount(account.id) : []
  const named = account ? { account } : {}
  return webauthn.begin({ ...named, credentials, method, now: clock.now() })
}

async function verify(
  asked: Asked,
  method: string,
  response: unknown,
  account: Account | undefined = ada,
): Promise<Verification> {
  const credentials = account ? await store.credentials.forAccount(account.id) : []
  return webauthn.verify({
    ...(account ? { account } : {}),
    credentials,
    method,
    response: response as Json,
    ...(asked.state === undefined ? {} : { state: asked.state }),
    now: clock.now(),
  })
}

async function prove(method: string, account = ada, by = device): Promise<Verification> {
  const asked = await begin(method, account)
  return verify(asked, method, by.get(asked.view), account)
}

describe('a WebAuthn proof', () => {
  it('with user verification is a passkey (WebAuthn §6.1)', async () => {
    const enrolled = await enrol()
    const credentialId = enrolled.ok ? enrolled.credential.id : ''
    expect(await prove('passkey')).toMatchObject({
      ok: true,
      accountId: 'sub-ada',
      credentialId,
      event: {
        method: 'passkey',
        properties: { credentialId, userVerified: true, backedUp: expect.any(Boolean) },
      },
    })
    expect((await store.credentials.byId(credentialId))?.lastUsedAt).toBe(clock.now())
  })

  it('without user verification is a security key only', async () => {
    await enrol()
    device.verifiesUser(false)
    expect(await prove('security-key')).toMatchObject({
      ok: true,
      event: { method: 'security-key', properties: { userVerified: false } },
    })
  })

  it('that was asked for as a security key is a passkey where the user was verified', async () => {
    await enrol()
    expect(await prove('security-key')).toMatchObject({ ok: true, event: { method: 'passkey' } })
  })

  it('without user verification is refused where a passkey is asked for', async () => {
    await enrol()
    const asked = await begin('passkey')
    expect(objectOf(asked.view)).toMatchObject({ userVerification: 'required' })
    device.verifiesUser(false)
    const lax = { ...objectOf(asked.view), userVerification: 'discouraged' }
    expect(await verify(asked, 'passkey', device.get(lax))).toEqual({
      ok: false,
      reason: 'not_verified',
    })
  })

  it('stays a security key where the credential was enrolled without user verification', async () => {
    device.verifiesUser(false)
    await enrol('security-key')
    expect(webauthn.available(await store.credentials.forAccount(ada.id))).toEqual(['security-key'])
    // Whoever found the key has set a PIN of their own.
    device.verifiesUser(true)
    expect(await prove('security-key')).toMatchObject({
      ok: true,
      event: { method: 'security-key', properties: { userVerified: false } },
    })
    expect(await prove('passkey')).toEqual({ ok: false, reason: 'not_verified' })
  })

  it('offers what the credentials can prove', async () => {
    expect(webauthn.available([])).toEqual([])
    await enrol()
    const credentials = await store.credentials.forAccount(ada.id)
    expect(webauthn.available(credentials)).toEqual(['passkey', 'security-key'])
  })

  it('names the account where nobody did', async () => {
    await enrol('passkey', bob)
    const asked = await webauthn.begin({ credentials: [], method: 'passkey', now: clock.now() })
    expect(objectOf(asked.view)).toMatchObject({ userVerification: 'required' })
    expect(objectOf(asked.view)?.['allowCredentials']).toBeUndefined()
    const response = device.get(asked.view) as unknown as Json
    const answer = { credentials: [], method: 'passkey', response, now: clock.now() }
    const verified = await webauthn.verify({ ...answer, state: asked.state ?? null })
    expect(verified).toMatchObject({ ok: true, accountId: 'sub-bob' })
  })

  it('lists the account’s own credentials and no others', async () => {
    await enrol('passkey', bob, new Device())
    await enrol()
    const { view } = await begin('security-key')
    const own = await store.credentials.forAccount(ada.id)
    const all = [...own, ...(await store.credentials.forAccount(bob.id))]
    const fed = await webauthn.begin({
      account: ada,
      credentials: all,
      method: 'security-key',
      now: clock.now(),
    })
    const ids = own.map((credential) => credentialIdOf(credential))
    expect(allowedIds(view)).toEqual(ids)
    expect(allowedIds(fed.view)).toEqual(ids)
  })
})

describe('a WebAuthn answer', () => {
  it('is taken once: its counter does not rise again', async () => {
    await enrol()
    const asked = await begin('passkey')
    const response = device.get(asked.view)
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => verify(asked, 'passkey', response)),
    )
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    expect(answers.find(({ ok }) => !ok)).toEqual({ ok: false, reason: 'replayed' })
  })

  it('is refused from a copy that is behind in counting (WebAuthn §7.2 step 22)', async () => {
    await enrol()
    const first = await begin('passkey')
    const early = device.get(first.view)
    expect(await prove('passkey')).toMatchObject({ ok: true })
    expect(await verify(first, 'passkey', early)).toEqual({ ok: false, reason: 'replayed' })
  })

  it('is taken again and again from an authenticator that keeps no counter', async () => {
    device.counts(0)
    await enrol()
    expect(await prove('passkey')).toMatchObject({ ok: true })
    expect(await prove('passkey')).toMatchObject({ ok: true })
  })

  it('answers its own question and no other', async () => {
    await enrol()
    const [one, two] = [await begin('passkey'), await begin('passkey')]
    expect(await verify(two, 'passkey', device.get(one.view))).toEqual({
      ok: false,
      reason: 'wrong',
    })
  })

  it('needs a question that is still remembered', async () => {
    await enrol()
    const asked = await begin('passkey')
    const response = device.get(asked.view)
    for (const state of [undefined, null, 'x', [], {}, { challenge: 'AAAA' }]) {
      const forgotten = state === undefined ? {} : { state }
      expect(await verify(forgotten as Asked, 'passkey', response)).toEqual({
        ok: false,
        reason: 'expired',
      })
    }
  })

  it('comes within ten minutes, to the second', async () => {
    await enrol()
    const asked = await begin('passkey')
    clock.advance(600)
    const expired = { ok: false, reason: 'expired' }
    expect(await verify(asked, 'passkey', device.get(asked.view))).toEqual(expired)
    clock.advance(-1)
    expect(await verify(asked, 'passkey', device.get(asked.view))).toMatchObject({ ok: true })
  })

  it('is for the method and the account that were asked for', async () => {
    await enrol()
    const asked = await begin('security-key')
    const response = device.get(asked.view)
    const expired = { ok: false, reason: 'expired' }
    expect(await verify(asked, 'passkey', response)).toEqual(expired)
    expect(await verify(asked, 'security-key', response, bob)).toEqual(expired)
    const nobody = {
      credentials: [],
      method: 'security-key',
      response: response as unknown as Json,
    }
    const state = asked.state ?? null
    expect(await webauthn.verify({ ...nobody, state, now: clock.now() })).toEqual(expired)
  })

  it('of another account proves nothing', async () => {
    const stranger = new Device()
    await enrol('passkey', bob, stranger)
    await enrol()
    const asked = await begin('passkey')
    const { allowCredentials: _, ...open } = objectOf(asked.view) ?? {}
    expect(await verify(asked, 'passkey', stranger.get(open))).toEqual({
      ok: false,
      reason: 'unknown_credential',
    })
  })

  it('with the id of another’s credential does not verify', async () => {
    const stranger = new Device()
    await enrol('passkey', bob, stranger)
    await enrol()
    const asked = await begin('passkey')
    const { allowCredentials: _, ...open } = objectOf(asked.view) ?? {}
    const forged = stranger.get(open)
    const [own] = await store.credentials.forAccount(ada.id)
    const id = own ? credentialIdOf(own) : ''
    const response = { ...forged.response, userHandle: Buffer.from(ada.id).toString('base64url') }
    expect(await verify(asked, 'passkey', { ...forged, id, rawId: id, response })).toEqual({
      ok: false,
      reason: 'wrong',
    })
  })

  it('with another’s user handle, or with none where nobody was named, is refused', async () => {
    await enrol()
    const named = await begin('passkey')
    const sent = device.get(named.view)
    const userHandle = Buffer.from(bob.id).toString('base64url')
    const swapped = { ...sent, response: { ...sent.response, userHandle } }
    const refused = { ok: false, reason: 'unknown_credential' }
    expect(await verify(named, 'passkey', swapped)).toEqual(refused)

    const open = await webauthn.begin({ credentials: [], method: 'passkey', now: clock.now() })
    const answered = device.get(open.view)
    const { userHandle: _, ...silent } = answered.response
    const response = { ...answered, response: silent } as unknown as Json
    const answer = { credentials: [], method: 'passkey', response, state: open.state ?? null }
    expect(await webauthn.verify({ ...answer, now: clock.now() })).toEqual(refused)
  })

  it('from another origin or for another domain is wrong', async () => {
    await enrol()
    const asked = await begin('passkey')
    const elsewhere = device.get(asked.view, 'https://evil.id.example.com')
    expect(await verify(asked, 'passkey', elsewhere)).toEqual({ ok: false, reason: 'wrong' })
    const right = device.get(asked.view)
    webauthn = create({ rpId: 'example.com' })
    expect(await verify(asked, 'passkey', right)).toEqual({ ok: false, reason: 'wrong' })
  })

  it('proves nothing once the credential was removed', async () => {
    const enrolled = await enrol()
    const asked = await begin('passkey')
    const response = device.get(asked.view)
    if (enrolled.ok) await store.credentials.remove(enrolled.credential.id)
    expect(await verify(asked, 'passkey', response)).toEqual({
      ok: false,
      reason: 'unknown_credential',
    })
  })

  it.each(['signature', 'authenticatorData', 'clientDataJSON'] as const)(
    'with any change to its %s is wrong',
    async (part) => {
      await enrol()
      const asked = await begin('passkey')
      const sent = device.get(asked.view)
      const bytes = Buffer.from(sent.response[part], 'base64url')
      for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
        const changed = Buffer.from(bytes)
        changed[at] = (changed[at] ?? 0) ^ 1
        const response = { ...sent.response, [part]: changed.toString('base64url') }
        expect(await verify(asked, 'passkey', { ...sent, response })).toEqual({
          ok: false,
          reason: 'wrong',
        })
      }
    },
  )

  it('that is no answer is malformed', async () => {
    await enrol()
    const asked = await begin('passkey')
    const sent = device.get(asked.view)
    const inherited = JSON.parse('{"__proto__":{"id":"x","response":{}}}') as Json
    for (const response of [
      null,
      'text',
      [sent],
      {},
      inherited,
      { ...sent, id: 7 },
      { ...sent, id: 'a'.repeat(2000) },
      { ...sent, response: null },
      { ...sent, response: { ...sent.response, signature: undefined } },
      { ...sent, response: { ...sent.response, clientDataJSON: 'a'.repeat(70_000) } },
      { ...sent, response: { ...sent.response, authenticatorData: ['x'] } },
    ]) {
      expect(await verify(asked, 'passkey', response)).toEqual({ ok: false, reason: 'malformed' })
    }
    for (const text of ['__proto__', 'constructor', '💥', '{}']) {
      const response = { ...sent.response, clientDataJSON: text }
      expect((await verify(asked, 'passkey', { ...sent, response })).ok).toBe(false)
    }
    expect(await verify(asked, 'passkey', sent)).toMatchObject({ ok: true })
  })
})

describe('enrolling a WebAuthn credential', () => {
  it.each([
    [undefined, 'preferred', 'preferred'],
    ['passkey', 'required', 'required'],
    ['security-key', 'discouraged', 'preferred'],
  ])('for %s asks for residence %s and user verification %s', async (method, residentKey, uv) => {
    const named = method === undefined ? {} : { method }
    const ask = { account: ada, credentials: [], now: clock.now(), ...named }
    const { view } = await webauthn.enrolment.begin(ask)
    expect(view).toMatchObject({
      attestation: 'none',
      authenticatorSelection: { residentKey, userVerification: uv },
      rp: { id: 'id.example.com', name: 'Newel Bank' },
      user: {
        id: Buffer.from(ada.id).toString('base64url'),
        name: 'ada',
        displayName: 'Ada',
      },
    })
  })

  it('keeps what later proofs are judged by', async () => {
    const result = await enrol('passkey')
    expect(result.ok && result.credential).toMatchObject({
      accountId: 'sub-ada',
      method: 'webauthn',
      label: 'Passkey',
      createdAt: clock.now(),
      data: {
        userVerified: true,
        backupEligible: expect.any(Boolean),
        counter: expect.any(Number),
      },
    })
  })

  it('excludes what the account has', async () => {
    await enrol()
    const credentials = await store.credentials.forAccount(ada.id)
    const ask = { account: ada, credentials, now: clock.now() }
    const { view } = await webauthn.enrolment.begin(ask)
    const excluded = objectOf(view)?.['excludeCredentials']
    expect(excluded).toMatchObject(credentials.map((known) => ({ id: credentialIdOf(known) })))
    expect(() => device.create(view)).toThrow(/./)
  })

  it('as a passkey needs a verified user', async () => {
    const ask = { account: ada, credentials: [], now: clock.now(), method: 'passkey' }
    const { view, state } = await webauthn.enrolment.begin(ask)
    device.verifiesUser(false)
    const selection = { residentKey: 'required', userVerification: 'discouraged' }
    const response = device.create({ ...objectOf(view), authenticatorSelection: selection })
    const answer = { account: ada, response, state, now: clock.now() }
    expect(await webauthn.enrolment.finish(answer)).toEqual({ ok: false, reason: 'not_verified' })
  })

  it('is refused with another challenge, origin, account or time', async () => {
    const now = clock.now()
    const ask = { account: ada, credentials: [], now }
    const { view, state } = await webauthn.enrolment.begin(ask)
    const other = await webauthn.enrolment.begin(ask)
    const finish = async (
      given: Parameters<Authenticator['enrolment']['finish']>[0],
    ): Promise<EnrolmentResult> => webauthn.enrolment.finish(given)
    const response = device.create(view)
    const answer = { account: ada, response, state, now }
    const wrong = { ok: false, reason: 'wrong' }
    const expired = { ok: false, reason: 'expired' }
    expect(await finish({ ...answer, state: other.state })).toEqual(wrong)
    const elsewhere = device.create(view, 'https://evil.id.example.com')
    expect(await finish({ ...answer, response: elsewhere })).toEqual(wrong)
    expect(await finish({ ...answer, account: bob })).toEqual(expired)
    expect(await finish({ ...answer, now: now + 600 })).toEqual(expired)
    expect(await finish({ ...answer, state: {} })).toEqual(expired)
    expect(await finish({ ...answer, response: {} })).toEqual({ ok: false, reason: 'malformed' })
    expect(await finish(answer)).toMatchObject({ ok: true })
  })

  it('gives a credential to the first account that enrols it', async () => {
    const result = await enrol()
    if (!result.ok) throw new Error('not enrolled')
    const stolen = { ...result.credential, id: 'other', accountId: bob.id } as Credential
    expect(await store.credentials.add(stolen)).toBe('duplicate')
  })
})

function credentialIdOf(credential: Credential): string {
  return credential.method === 'webauthn' ? credential.data.credentialId : ''
}

function allowedIds(view: Json | undefined): unknown[] {
  const allowed = objectOf(view)?.['allowCredentials']
  return Array.isArray(allowed) ? allowed.map((entry: Json) => objectOf(entry)?.['id']) : []
}
