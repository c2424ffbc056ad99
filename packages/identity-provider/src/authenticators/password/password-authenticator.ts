import { randomId } from '../../secrets/random-bytes.ts'
import type { RandomBytes } from '../../secrets/random-bytes.ts'
import type { Sealer } from '../../secrets/sealer.ts'
import type { PasswordCredential } from '../../store/credential.ts'
import type { Store } from '../../store/store.ts'
import type { Authenticator } from '../authenticator.ts'
import { objectOf, textOf } from '../answer-state.ts'
import { openCredentialSecret, sealCredentialSecret } from '../credential-secret.ts'
import { proved } from '../proved.ts'
import type { HashQueue } from './hash-queue.ts'
import { dummyHash, hashPassword, matchesPassword, needsRehash } from './password-hash.ts'
import { passwordBytes, refusePassword } from './password-rules.ts'

export interface PasswordOptions {
  readonly store: Pick<Store, 'credentials'>
  readonly sealer: Sealer
  readonly random: RandomBytes
  readonly queue: HashQueue
}

/**
 * Something known. The hash is sealed too, so that a stolen database alone cannot be searched. Every answer costs one
 * hash, whether the account, its password or the answer exists or not.
 */
export function createPasswordAuthenticator(options: PasswordOptions): Authenticator {
  const { store, sealer, random, queue } = options
  const nobody = dummyHash(random)
  const noBytes = new Uint8Array()

  async function rehash(credential: PasswordCredential, password: Uint8Array): Promise<void> {
    const phc = await queue.run(async () => hashPassword(password, random))
    // Not now, then at the next login.
    if (phc === undefined) return
    const secret = sealCredentialSecret(sealer, credential, Buffer.from(phc))
    await store.credentials.replacePassword({ ...credential, secret }, credential.id)
  }

  return {
    id: 'password',
    proves: ['password'],
    available: (credentials) =>
      credentials.some(({ method }) => method === 'password') ? ['password'] : [],
    begin: async () => ({}),

    async verify({ account, credentials, response, now }) {
      const bytes = typeof response === 'string' ? passwordBytes(response) : undefined
      const credential = credentials.find(
        (known): known is PasswordCredential =>
          known.method === 'password' && known.accountId === account?.id,
      )
      const phc = credential
        ? Buffer.from(openCredentialSecret(sealer, credential)).toString('utf8')
        : nobody
      const matches = await queue.run(async () => matchesPassword(phc, bytes ?? noBytes))
      if (matches === undefined) return { ok: false, reason: 'busy' }
      if (typeof response !== 'string') return { ok: false, reason: 'malformed' }
      if (!credential || !bytes || !matches) return { ok: false, reason: 'wrong' }
      if (needsRehash(phc)) await rehash(credential, bytes)
      return proved(store.credentials, credential, now, 'password')
    },

    enrolment: {
      async begin({ account }) {
        return { state: { accountId: account.id }, view: {} }
      },
      async finish({ account, response, state, now, label }) {
        if (typeof response !== 'string') return { ok: false, reason: 'malformed' }
        if (textOf(objectOf(state), 'accountId') !== account.id) {
          return { ok: false, reason: 'expired' }
        }
        const refused = refusePassword(response, account.username)
        if (refused) return { ok: false, reason: refused }
        const bytes = passwordBytes(response) ?? noBytes
        const phc = await queue.run(async () => hashPassword(bytes, random))
        if (phc === undefined) return { ok: false, reason: 'busy' }
        const owner = { id: randomId(random), accountId: account.id }
        return {
          ok: true,
          credential: {
            ...owner,
            method: 'password',
            label: label ?? 'Password',
            createdAt: now,
            data: { scheme: 'argon2id' },
            secret: sealCredentialSecret(sealer, owner, Buffer.from(phc)),
          },
        }
      },
    },
  }
}
