import type { EpochSeconds } from '@newel/policy'

/** Something that an account can prove with. `method` names the authenticator, which decides what a proof is worth. */
export type Credential =
  | PasswordCredential
  | TotpCredential
  | WebAuthnCredential
  | RecoveryCodeCredential
  | FederatedCredential
  | EmailCredential

interface CredentialBase {
  /** Random; it is bound into the sealed secret, so that neither can be moved to another row. */
  readonly id: string
  readonly accountId: string
  /** What the person calls it. */
  readonly label: string
  readonly createdAt: EpochSeconds
  readonly lastUsedAt?: EpochSeconds
}

export interface PasswordCredential extends CredentialBase {
  readonly method: 'password'
  readonly data: PasswordData
  /** The sealed password hash. */
  readonly secret: Uint8Array
}

export interface TotpCredential extends CredentialBase {
  readonly method: 'totp'
  readonly data: TotpData
  /** The sealed shared key. */
  readonly secret: Uint8Array
}

export interface WebAuthnCredential extends CredentialBase {
  readonly method: 'webauthn'
  readonly data: WebAuthnData
  readonly secret?: never
}

/** A set of recovery codes. */
export interface RecoveryCodeCredential extends CredentialBase {
  readonly method: 'recovery-code'
  readonly data: RecoveryCodeData
  /** The sealed digests of the codes, one after the other. */
  readonly secret: Uint8Array
}

/** A link to the same person's account at an upstream provider. */
export interface FederatedCredential extends CredentialBase {
  readonly method: 'federated'
  readonly data: FederatedData
  readonly secret?: never
}

/** An address that was shown to be its owner's: codes are sent to it. */
export interface EmailCredential extends CredentialBase {
  readonly method: 'email-code'
  readonly data: EmailData
  readonly secret?: never
}

/** The public part of a credential. */
export type CredentialData =
  | PasswordData
  | TotpData
  | WebAuthnData
  | RecoveryCodeData
  | FederatedData
  | EmailData

export interface EmailData {
  /** As its owner typed it. */
  readonly address: string
}

export interface PasswordData {
  readonly scheme: 'argon2id'
  /** It was set after a mailed code: whoever knows it may know the mailbox alone. */
  readonly setByMail?: true
}

export interface TotpData {
  readonly algorithm: 'SHA1'
  readonly digits: number
  readonly periodSeconds: number
  /** The newest time step whose code was accepted. Only {@link CredentialStore.acceptTotpStep} advances it. */
  readonly acceptedStep?: number
}

export interface WebAuthnData {
  /** The authenticator's own id of the credential, base64url. One account in the whole store holds it. */
  readonly credentialId: string
  /** COSE key, base64url. */
  readonly publicKey: string
  /** Signature counter. Only {@link CredentialStore.acceptCounter} advances it. */
  readonly counter: number
  readonly transports: readonly string[]
  readonly aaguid: string
  /** Whether the credential may be copied between devices, and whether it was when last seen. */
  readonly backupEligible: boolean
  readonly backedUp: boolean
  /** Whether the person was verified at enrolment: the authenticator can do so, and may then count as a passkey. */
  readonly userVerified: boolean
}

export interface RecoveryCodeData {
  /** Codes of the set, at most 31. */
  readonly total: number
  /** Places of the codes that were used, rising from 0. Only {@link CredentialStore.acceptRecoveryCode} adds one. */
  readonly used: readonly number[]
}

/** Both as the ID token has them (OIDC Core §2). One account in the whole store holds the two together. */
export interface FederatedData {
  readonly issuer: string
  readonly subject: string
  /**
   * Names of the document's accepted answers that it has given; only {@link CredentialStore.noteUpstreamProofs} adds any.
   * Absent: none yet.
   */
  readonly proved?: readonly string[]
}
