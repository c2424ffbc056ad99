import type { Method } from '@newel/policy'

/** How the pages speak of a method. */
export interface MethodWords {
  /** As a label: "One-time code". */
  readonly name: string
  /** What the person does with it, for a choice: one short line. */
  readonly hint: string
  /** Heading of the page that asks for it. */
  readonly ask: string
}

const known: Readonly<Record<Method, MethodWords>> = {
  password: {
    name: 'Password',
    hint: 'The password of this account',
    ask: 'Enter your password',
  },
  totp: {
    name: 'One-time code',
    hint: 'Six digits from your authenticator app',
    ask: 'Enter your code',
  },
  passkey: {
    name: 'Passkey',
    hint: 'Your fingerprint, face or device PIN',
    ask: 'Confirm with your passkey',
  },
  'security-key': {
    name: 'Security key',
    hint: 'A small key that you plug in or tap',
    ask: 'Confirm with your security key',
  },
  'recovery-code': {
    name: 'Recovery code',
    hint: 'One of the codes that you kept for emergencies',
    ask: 'Enter a recovery code',
  },
  'email-code': {
    name: 'Code by email',
    hint: 'We send a code to your email address',
    ask: 'Enter the code from your email',
  },
  federated: {
    name: 'Another provider',
    hint: 'Sign in where you already have an account',
    ask: 'Sign in with another provider',
  },
}

/** The words for a method; one that the pages do not know is called by its own name. */
export function methodWords(method: Method): MethodWords {
  const words = Object.hasOwn(known, method) ? known[method] : undefined
  return words ?? { name: method, hint: '', ask: `Confirm with ${method}` }
}

/** The methods for which the browser speaks with an authenticator. */
export type WebAuthnMethod = 'passkey' | 'security-key'

export function isWebAuthn(method: Method): method is WebAuthnMethod {
  return method === 'passkey' || method === 'security-key'
}
