import type { MailedCodes } from '../mail/mailed-code.ts'
import type { RandomBytes } from '../secrets/random-bytes.ts'
import type { Sealer } from '../secrets/sealer.ts'
import type { Store } from '../store/store.ts'
import type { Authenticators } from './authenticator.ts'
import { createEmailCodeAuthenticator } from './email-code/email-code-authenticator.ts'
import { createHashQueue } from './password/hash-queue.ts'
import type { HashQueue } from './password/hash-queue.ts'
import { createPasswordAuthenticator } from './password/password-authenticator.ts'
import { createRecoveryCodeAuthenticator } from './recovery-code/recovery-code-authenticator.ts'
import { createTotpAuthenticator } from './totp/totp-authenticator.ts'
import { createWebAuthnAuthenticator } from './webauthn/webauthn-authenticator.ts'

export interface AuthenticatorOptions {
  readonly store: Pick<Store, 'credentials'>
  readonly sealer: Sealer
  /** The domain that WebAuthn credentials are bound to. Never changes: every credential would be lost. */
  readonly rpId: string
  /** Origins of the pages that may ask for a WebAuthn credential, such as `https://id.example.com`. */
  readonly origins: readonly string[]
  /** Shown by authenticators and one-time-code apps. */
  readonly rpName: string
  readonly random: RandomBytes
  /** What hashing waits in. Absent: one of its own. */
  readonly hashQueue?: HashQueue
  /** Absent: there are no codes by mail. */
  readonly mailedCodes?: MailedCodes | undefined
}

/** Registers every authenticator; a new one is a folder and a line here. */
export function createAuthenticators(options: AuthenticatorOptions): Authenticators {
  const registry = {
    password: createPasswordAuthenticator({
      ...options,
      queue: options.hashQueue ?? createHashQueue(),
    }),
    totp: createTotpAuthenticator(options),
    webauthn: createWebAuthnAuthenticator(options),
    'recovery-code': createRecoveryCodeAuthenticator(options),
    'email-code': createEmailCodeAuthenticator(options),
  }
  const all = Object.values(registry)
  return {
    all,
    byMethod: (method) => all.find(({ proves }) => proves.includes(method)),
    byId: (id) => registry[id],
  }
}
