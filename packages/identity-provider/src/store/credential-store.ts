import type { EpochSeconds } from '@newel/policy'
import type {
  Credential,
  FederatedCredential,
  PasswordCredential,
  WebAuthnCredential,
} from './credential.ts'

export interface CredentialStore {
  /**
   * A set of recovery codes takes the place of the account's present one, in the same step. So does a verified address,
   * which is the account's `email` from then on.
   *
   * `duplicate`: the account has a password already, or the WebAuthn credential id, the upstream subject or the id is known.
   */
  add(credential: Credential): Promise<'added' | 'duplicate' | 'unknown_account'>
  /** Oldest first. */
  forAccount(accountId: string): Promise<readonly Credential[]>
  byId(id: string): Promise<Credential | undefined>
  /** By the authenticator's own id, base64url. */
  byWebAuthnId(credentialId: string): Promise<WebAuthnCredential | undefined>
  /** By who the person is at an upstream provider. */
  byUpstreamSubject(issuer: string, subject: string): Promise<FederatedCredential | undefined>
  /** Adds what is not noted yet. False where there is no such link. */
  noteUpstreamProofs(credentialId: string, names: readonly string[]): Promise<boolean>
  /**
   * Puts the new password in the place of the account's present one, or adds the first. With `expectedId` only where the
   * present one has that id: a rehash must not undo a change of password made meanwhile. False: nothing was changed.
   */
  replacePassword(credential: PasswordCredential, expectedId?: string): Promise<boolean>
  remove(id: string): Promise<boolean>
  /** False where there is no such credential. */
  rename(id: string, label: string): Promise<boolean>
  /** Notes the last use; an older time than the one known changes nothing. */
  touch(id: string, now: EpochSeconds): Promise<void>
  /**
   * RFC 6238 §5.2: true only where `step` is greater than every step accepted before. With `now` its use is noted in the
   * same step, as {@link CredentialStore.touch} would.
   */
  acceptTotpStep(credentialId: string, step: number, now?: EpochSeconds): Promise<boolean>
  /** Uses up the code at `place` of the set: true for exactly one caller, ever. */
  acceptRecoveryCode(credentialId: string, place: number): Promise<boolean>
  /** WebAuthn §7.2 step 22: true only where the counter rose, or the authenticator keeps none (0 then and now). */
  acceptCounter(credentialId: string, counter: number): Promise<boolean>
}
