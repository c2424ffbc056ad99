import { createHash, timingSafeEqual } from 'node:crypto'
import { randomId } from '../../secrets/random-bytes.ts'
import type { RandomBytes } from '../../secrets/random-bytes.ts'
import type { SealedPlace, Sealer } from '../../secrets/sealer.ts'
import type { RecoveryCodeCredential } from '../../store/credential.ts'
import type { Store } from '../../store/store.ts'
import { isFresh, objectOf, textOf } from '../answer-state.ts'
import type { Authenticator } from '../authenticator.ts'
import { openCredentialSecret, sealCredentialSecret } from '../credential-secret.ts'
import { proved } from '../proved.ts'
import { newCode, readCode } from './recovery-code.ts'

export interface RecoveryCodeOptions {
  readonly store: Pick<Store, 'credentials'>
  readonly sealer: Sealer
  readonly random: RandomBytes
}

/** Codes of a set. */
const setSize = 10
const digestBytes = 32

/**
 * Something held: a set of codes on paper or in a safe, each of which is accepted once. The codes are shown once and kept
 * as sealed digests; 80 random bits need no slow hash.
 */
export function createRecoveryCodeAuthenticator(options: RecoveryCodeOptions): Authenticator {
  const { store, sealer, random } = options

  return {
    id: 'recovery-code',
    proves: ['recovery-code'],
    available: (credentials) =>
      credentials.some((known) => known.method === 'recovery-code' && codesLeft(known) > 0)
        ? ['recovery-code']
        : [],
    begin: async () => ({}),

    async verify({ account, credentials, response, now }) {
      const code = readCode(response)
      if (code === undefined) return { ok: false, reason: 'malformed' }
      const credential = credentials.find(
        (known): known is RecoveryCodeCredential =>
          known.method === 'recovery-code' && known.accountId === account?.id,
      )
      if (credential === undefined) return { ok: false, reason: 'unknown_credential' }
      const index = positionOf(digestOf(code), openCredentialSecret(sealer, credential))
      if (index === undefined) return { ok: false, reason: 'wrong' }
      if (!(await store.credentials.acceptRecoveryCode(credential.id, index))) {
        return { ok: false, reason: 'replayed' }
      }
      return proved(store.credentials, credential, now, 'recovery-code')
    },

    enrolment: {
      /** `view.codes`: what to show, once. `view.set`: what the answer has to name. */
      async begin({ account, now }) {
        const owner = { id: randomId(random), accountId: account.id }
        const codes = Array.from({ length: setSize }, () => newCode(random))
        const digests = Buffer.concat(codes.map((code) => digestOf(readCode(code) ?? '')))
        const sealed = sealer.seal(digests, enrolmentPlace(owner))
        return {
          state: { ...owner, askedAt: now, digests: Buffer.from(sealed).toString('base64url') },
          view: { codes, set: owner.id },
        }
      },
      /** Naming the set says that the person has kept its codes. It takes the place of the one before. */
      async finish({ account, response, state, now, label }) {
        const asked = objectOf(state)
        const owner = { id: textOf(asked, 'id') ?? '', accountId: account.id }
        if (!asked || textOf(asked, 'accountId') !== account.id || !isFresh(asked, now)) {
          return { ok: false, reason: 'expired' }
        }
        // Another page was opened since, with other codes on it.
        if (response !== owner.id) return { ok: false, reason: 'expired' }
        const sealed = Buffer.from(textOf(asked, 'digests', 1024) ?? '', 'base64url')
        const digests = sealer.open(sealed, enrolmentPlace(owner))
        return {
          ok: true,
          credential: {
            ...owner,
            method: 'recovery-code',
            label: label ?? 'Recovery codes',
            createdAt: now,
            data: { total: digests.length / digestBytes, used: [] },
            secret: sealCredentialSecret(sealer, owner, digests),
          },
        }
      },
    },
  }
}

/** How many codes of the set are still good. */
export function codesLeft({ data }: RecoveryCodeCredential): number {
  return data.total - data.used.length
}

function digestOf(code: string): Buffer {
  return createHash('sha256').update(`newel recovery code ${code}`).digest()
}

/** Every digest is compared, so that the time tells nothing of the place. */
function positionOf(digest: Buffer, digests: Uint8Array): number | undefined {
  let position: number | undefined
  for (let index = 0; index < digests.length / digestBytes; index += 1) {
    const known = digests.subarray(index * digestBytes, (index + 1) * digestBytes)
    if (timingSafeEqual(digest, known)) position = index
  }
  return position
}

function enrolmentPlace({ id, accountId }: { id: string; accountId: string }): SealedPlace {
  return { table: 'interaction', column: 'recovery-codes', id: JSON.stringify([accountId, id]) }
}
