import type { EpochSeconds } from '@newel/policy'
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
      readonly provedAt: EpochSeconds
    }
  | { readonly kind: 'reset'; readonly stage: 'done' }

/** How long what a code showed stands, in seconds. */
export const errandSeconds = 600

export function writeErrand(errand: Errand): JsonObject {
  return { ...errand }
}

/** Absent: there is none, or what is stored says nothing that is understood. */
export function readErrand(stored: Json | undefined): Errand | undefined {
  if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) return undefined
  // Our own writing, under the version of the interaction.
  const { kind, stage } = stored as JsonObject
  return kind === 'reset' && (stage === 'code' || stage === 'password' || stage === 'done')
    ? (stored as unknown as Errand)
    : undefined
}
