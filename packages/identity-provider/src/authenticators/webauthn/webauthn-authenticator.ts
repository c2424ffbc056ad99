import { generateAuthenticationOptions, verifyAuthenticationResponse } from '@simplewebauthn/server'
import type { RandomBytes } from '../../secrets/random-bytes.ts'
import type { WebAuthnCredential } from '../../store/credential.ts'
import type { Store } from '../../store/store.ts'
import { answerSeconds, isFresh, objectOf, textOf } from '../answer-state.ts'
import type { Authenticator, Verification } from '../authenticator.ts'
import { proved } from '../proved.ts'
import { descriptorOf, isWebAuthn } from './webauthn-credential.ts'
import { createWebAuthnEnrolment } from './webauthn-enrolment.ts'
import { assertionOf, optionsJson } from './webauthn-response.ts'

export interface WebAuthnOptions {
  readonly store: Pick<Store, 'credentials'>
  readonly random: RandomBytes
  readonly rpId: string
  readonly rpName: string
  readonly origins: readonly string[]
}

/**
 * Something held that answers to this origin alone. Where it verified its user as well, the proof is a `passkey`, else a
 * `security-key`.
 *
 * A credential that was enrolled without user verification stays a security key: whoever finds one without a PIN could
 * set their own (WebAuthn §7.2, `uvInitialized`). Enrol it anew to make a passkey of it.
 */
export function createWebAuthnAuthenticator(options: WebAuthnOptions): Authenticator {
  const { store, random, rpId, origins } = options

  async function judge(
    credential: WebAuthnCredential,
    response: NonNullable<ReturnType<typeof assertionOf>>,
    expectedChallenge: string,
  ): Promise<{ userVerified: boolean; counter: number; backedUp: boolean } | undefined> {
    const { data } = credential
    try {
      const { verified, authenticationInfo } = await verifyAuthenticationResponse({
        response,
        expectedChallenge,
        expectedOrigin: [...origins],
        expectedRPID: rpId,
        requireUserVerification: false,
        credential: {
          id: data.credentialId,
          publicKey: Uint8Array.from(Buffer.from(data.publicKey, 'base64url')),
          // The store compares the counter, in one step with advancing it.
          counter: 0,
        },
      })
      const backupEligible = authenticationInfo.credentialDeviceType === 'multiDevice'
      // WebAuthn §7.2 step 18: eligibility is fixed at enrolment; a change means another authenticator.
      if (!verified || backupEligible !== data.backupEligible) return undefined
      return {
        userVerified: authenticationInfo.userVerified,
        counter: authenticationInfo.newCounter,
        backedUp: authenticationInfo.credentialBackedUp,
      }
    } catch {
      // The library throws for every kind of misfit, and its messages quote what was sent.
      return undefined
    }
  }

  return {
    id: 'webauthn',
    question: 'once',
    proves: ['passkey', 'security-key'],
    available(credentials) {
      const own = credentials.filter(isWebAuthn)
      if (own.length === 0) return []
      return own.some(({ data }) => data.userVerified)
        ? ['passkey', 'security-key']
        : ['security-key']
    },

    async begin({ account, credentials, method, now }) {
      const needsUser = needsVerifiedUser(method, account?.id)
      const usable = credentials
        .filter(isWebAuthn)
        .filter(
          ({ accountId, data }) => accountId === account?.id && (!needsUser || data.userVerified),
        )
      const challenge = random(32)
      const view = await generateAuthenticationOptions({
        rpID: rpId,
        challenge: Uint8Array.from(challenge),
        timeout: answerSeconds * 1000,
        userVerification: needsUser ? 'required' : 'preferred',
        // Without an account the person picks a discoverable credential, which says whose it is.
        ...(account ? { allowCredentials: usable.map(descriptorOf) } : {}),
      })
      return {
        state: {
          challenge: Buffer.from(challenge).toString('base64url'),
          method,
          accountId: account?.id ?? null,
          askedAt: now,
        },
        view: optionsJson(view),
      }
    },

    async verify({ account, method, response, state, now }): Promise<Verification> {
      const asked = objectOf(state)
      const challenge = textOf(asked, 'challenge')
      if (!asked || challenge === undefined || !isFresh(asked, now)) {
        return { ok: false, reason: 'expired' }
      }
      const accountId = account?.id
      if (asked['accountId'] !== (accountId ?? null) || asked['method'] !== method) {
        return { ok: false, reason: 'expired' }
      }
      const assertion = assertionOf(response)
      if (!assertion) return { ok: false, reason: 'malformed' }

      // Read anew: one that was removed since the question was asked proves nothing.
      const credential = await store.credentials.byWebAuthnId(assertion.id)
      const { userHandle } = assertion.response
      if (
        !credential ||
        credential.accountId !== (accountId ?? credential.accountId) ||
        !handleFits(userHandle, credential.accountId, accountId)
      ) {
        return { ok: false, reason: 'unknown_credential' }
      }
      const judged = await judge(credential, assertion, challenge)
      if (!judged) return { ok: false, reason: 'wrong' }
      const { counter, backedUp } = judged
      const userVerified = judged.userVerified && credential.data.userVerified
      if (needsVerifiedUser(method, accountId) && !userVerified) {
        return { ok: false, reason: 'not_verified' }
      }
      if (!(await store.credentials.acceptCounter(credential.id, counter))) {
        return { ok: false, reason: 'replayed' }
      }
      const { backupEligible } = credential.data
      const reached = userVerified ? 'passkey' : 'security-key'
      const properties = { userVerified, backupEligible, backedUp }
      return proved(store.credentials, credential, now, reached, properties)
    },

    enrolment: createWebAuthnEnrolment(options),
  }
}

/** Nobody signs in by holding a thing alone: without an account named before, its user must be verified too. */
function needsVerifiedUser(method: string, accountId: string | undefined): boolean {
  return method === 'passkey' || accountId === undefined
}

/** WebAuthn §7.2 step 6: it must be the account's, and must be there where nobody was named. */
function handleFits(
  userHandle: string | undefined,
  owner: string,
  accountId: string | undefined,
): boolean {
  if (userHandle === undefined) return accountId !== undefined
  return Buffer.from(userHandle, 'base64url').toString('utf8') === owner
}
