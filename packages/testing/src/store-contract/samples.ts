import type {
  Account,
  EmailCredential,
  FederatedCredential,
  PasswordCredential,
  RecoveryCodeCredential,
  TotpCredential,
  WebAuthnCredential,
} from '@newel/identity-provider/store'

/** When everything in the samples was made. */
export const sampleTime = 1_800_000_000

/** Callers of one step at the same time. */
export const parallelCallers = 20

export function sampleAccount(changes: Partial<Account> = {}): Account {
  return { id: 'sub-ada', username: 'ada', disabled: false, createdAt: sampleTime, ...changes }
}

export function samplePassword(changes: Partial<PasswordCredential> = {}): PasswordCredential {
  return {
    id: 'password-1',
    accountId: 'sub-ada',
    method: 'password',
    label: 'Password',
    createdAt: sampleTime,
    data: { scheme: 'argon2id' },
    secret: Uint8Array.of(0, 1, 2, 255),
    ...changes,
  }
}

export function sampleTotp(changes: Partial<TotpCredential> = {}): TotpCredential {
  return {
    id: 'totp-1',
    accountId: 'sub-ada',
    method: 'totp',
    label: 'Phone',
    createdAt: sampleTime,
    data: { algorithm: 'SHA1', digits: 6, periodSeconds: 30 },
    secret: Uint8Array.of(9, 8, 7),
    ...changes,
  }
}

export function sampleRecoveryCodes(
  changes: Partial<RecoveryCodeCredential> = {},
): RecoveryCodeCredential {
  return {
    id: 'recovery-1',
    accountId: 'sub-ada',
    method: 'recovery-code',
    label: 'Recovery codes',
    createdAt: sampleTime,
    data: { total: 10, used: [] },
    secret: Uint8Array.of(4, 5, 6),
    ...changes,
  }
}

export function sampleFederated(changes: Partial<FederatedCredential> = {}): FederatedCredential {
  return {
    id: 'federated-1',
    accountId: 'sub-ada',
    method: 'federated',
    label: 'Example Company',
    createdAt: sampleTime,
    data: { issuer: 'https://login.company.example', subject: '248289761001' },
    ...changes,
  }
}

export function sampleAddress(changes: Partial<EmailCredential> = {}): EmailCredential {
  return {
    id: 'address-1',
    accountId: 'sub-ada',
    method: 'email-code',
    label: 'Email address',
    createdAt: sampleTime,
    data: { address: 'Ada@example.com' },
    ...changes,
  }
}

export function sampleWebAuthn(
  changes: Partial<WebAuthnCredential['data']> = {},
  base: Partial<Omit<WebAuthnCredential, 'data' | 'method'>> = {},
): WebAuthnCredential {
  return {
    id: 'webauthn-1',
    accountId: 'sub-ada',
    label: 'Key on my ring',
    createdAt: sampleTime,
    ...base,
    method: 'webauthn',
    data: {
      credentialId: 'Y3JlZGVudGlhbA',
      publicKey: 'a2V5',
      counter: 0,
      transports: ['usb', 'nfc'],
      aaguid: '00000000-0000-0000-0000-000000000000',
      backupEligible: false,
      backedUp: false,
      userVerified: true,
      ...changes,
    },
  }
}

/** What `count` callers get who ask at once. */
export async function atOnce<Result>(
  call: (index: number) => Promise<Result>,
  count = parallelCallers,
): Promise<Result[]> {
  return Promise.all(Array.from({ length: count }, async (_, index) => call(index)))
}
