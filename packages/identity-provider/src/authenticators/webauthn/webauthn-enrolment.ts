import { generateRegistrationOptions, verifyRegistrationResponse } from '@simplewebauthn/server'
import type { VerifiedRegistrationResponse } from '@simplewebauthn/server'
import { randomId } from '../../secrets/random-bytes.ts'
import { answerSeconds, isFresh, objectOf, textOf } from '../answer-state.ts'
import type { Enrolment } from '../authenticator.ts'
import { descriptorOf, isWebAuthn } from './webauthn-credential.ts'
import type { WebAuthnOptions } from './webauthn-authenticator.ts'
import { optionsJson, registrationOf } from './webauthn-response.ts'

/** EdDSA, ES256, RS256: between them every authenticator there is (COSE algorithm registry). */
const algorithms = [-8, -7, -257]

export function createWebAuthnEnrolment(options: WebAuthnOptions): Enrolment {
  const { random, rpId, rpName, origins } = options
  return {
    async begin({ account, credentials, now, method }) {
      const challenge = random(32)
      const passkey = method === 'passkey'
      const view = await generateRegistrationOptions({
        rpName,
        rpID: rpId,
        userName: account.username,
        userDisplayName: account.name ?? account.username,
        userID: Uint8Array.from(Buffer.from(account.id, 'utf8')),
        challenge: Uint8Array.from(challenge),
        timeout: answerSeconds * 1000,
        attestationType: 'none',
        excludeCredentials: credentials
          .filter(isWebAuthn)
          .filter(({ accountId }) => accountId === account.id)
          .map(descriptorOf),
        authenticatorSelection: {
          // A security key has little room for discoverable credentials, and needs none.
          residentKey: passkey
            ? 'required'
            : method === 'security-key'
              ? 'discouraged'
              : 'preferred',
          userVerification: passkey ? 'required' : 'preferred',
        },
        supportedAlgorithmIDs: algorithms,
      })
      return {
        state: {
          challenge: Buffer.from(challenge).toString('base64url'),
          accountId: account.id,
          passkey,
          askedAt: now,
        },
        view: optionsJson(view),
      }
    },

    async finish({ account, response, state, now, label }) {
      const asked = objectOf(state)
      const expectedChallenge = textOf(asked, 'challenge')
      if (!asked || expectedChallenge === undefined || !isFresh(asked, now)) {
        return { ok: false, reason: 'expired' }
      }
      if (asked['accountId'] !== account.id) return { ok: false, reason: 'expired' }
      const registration = registrationOf(response)
      if (!registration) return { ok: false, reason: 'malformed' }
      let verified: VerifiedRegistrationResponse
      try {
        verified = await verifyRegistrationResponse({
          response: registration,
          expectedChallenge,
          expectedOrigin: [...origins],
          expectedRPID: rpId,
          requireUserVerification: false,
          supportedAlgorithmIDs: algorithms,
        })
      } catch {
        // The library throws for every kind of misfit, and its messages quote what was sent.
        return { ok: false, reason: 'wrong' }
      }
      if (!verified.verified) return { ok: false, reason: 'wrong' }
      const { credential, aaguid, userVerified, credentialDeviceType, credentialBackedUp } =
        verified.registrationInfo
      if (asked['passkey'] === true && !userVerified) return { ok: false, reason: 'not_verified' }
      return {
        ok: true,
        credential: {
          id: randomId(random),
          accountId: account.id,
          method: 'webauthn',
          label: label ?? (userVerified ? 'Passkey' : 'Security key'),
          createdAt: now,
          data: {
            credentialId: credential.id,
            publicKey: Buffer.from(credential.publicKey).toString('base64url'),
            counter: credential.counter,
            transports: credential.transports ?? [],
            aaguid,
            backupEligible: credentialDeviceType === 'multiDevice',
            backedUp: credentialBackedUp,
            userVerified,
          },
        },
      }
    },
  }
}
