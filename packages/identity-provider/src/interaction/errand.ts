import type { EpochSeconds } from '@newel/policy'
import type { SignUpMethod } from '@newel/policy-document'
import type { Json, JsonObject } from '../store/index.ts'

/** What somebody does beside signing in, kept as JSON with the interaction. */
export type Errand =
  /** A forgotten password. A code is out, or seems to be: `accountId` is absent where nobody was meant. */
  | {
      readonly kind: 'reset'
      readonly stage: 'code'
      readonly codeId: string
      readonly accountId?: string
    }
  /** The code came back. The password that is replaced is the one of that moment. */
  | {
      readonly kind: 'reset'
      readonly stage: 'password'
      readonly accountId: string
      readonly passwordId: string
      /** Which was shown to be theirs. It must still be the account's when the password is set. */
      readonly address: string
      readonly provedAt: EpochSeconds
    }
  | { readonly kind: 'reset'; readonly stage: 'done' }
  /** A code is out to the address of somebody who signs up. */
  | { readonly kind: 'sign-up'; readonly stage: 'code'; readonly codeId: string }
  /** What to be called, and what to begin with. `email` is verified. */
  | { readonly kind: 'sign-up'; readonly stage: 'name'; readonly email?: string }
  /** Setting that up. The account is made with it, under this id, and not before. */
  | {
      readonly kind: 'sign-up'
      readonly stage: 'first'
      readonly email?: string
      readonly username: string
      readonly accountId: string
      readonly method: SignUpMethod
      /** What the authenticator gave to remember, and what the page shows. */
      readonly asked: Json
      readonly view: Json
    }
  | { readonly kind: 'sign-up'; readonly stage: 'done' }
  /** Something lost, which is to be removed. */
  | { readonly kind: 'lost'; readonly stage: 'chosen'; readonly credentialIds: readonly string[] }
  | {
      readonly kind: 'lost'
      readonly stage: 'code'
      readonly credentialIds: readonly string[]
      readonly codeId: string
    }

/** How long what a code showed stands, in seconds. */
export const errandSeconds = 600

export function writeErrand(errand: Errand): JsonObject {
  return errand.kind === 'lost'
    ? { ...errand, credentialIds: [...errand.credentialIds] }
    : { ...errand }
}

const stages: Readonly<Record<string, readonly string[]>> = {
  reset: ['code', 'password', 'done'],
  'sign-up': ['code', 'name', 'first', 'done'],
  lost: ['chosen', 'code'],
}

/** Absent: there is none, or what is stored says nothing that is understood. */
export function readErrand(stored: Json | undefined): Errand | undefined {
  if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) return undefined
  // Our own writing, under the version of the interaction.
  const { kind, stage } = stored as JsonObject
  const known = typeof kind === 'string' && typeof stage === 'string'
  return known && stages[kind]?.includes(stage) === true ? (stored as unknown as Errand) : undefined
}
