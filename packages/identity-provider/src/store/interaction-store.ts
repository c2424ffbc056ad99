import type { AuthenticationEvent, EpochSeconds } from '@newel/policy'
import type { Json } from './json.ts'

/** What the provider remembers while it asks a person something. Compare-and-set on `version`. */
export interface InteractionStore {
  /** The id must be new, else `StoreError` `store_conflict`. */
  create(state: InteractionState, expiresAt: EpochSeconds): Promise<void>
  read(id: string, now: EpochSeconds): Promise<InteractionState | undefined>
  /**
   * Writes only where the stored version is `expectedVersion`; what is stored then has `expectedVersion + 1`, whatever
   * `state.version` says. False: somebody else was quicker, or it is gone.
   */
  update(id: string, expectedVersion: number, state: InteractionState): Promise<boolean>
  remove(id: string): Promise<void>
  removeExpired(now: EpochSeconds, limit: number): Promise<number>
}

export interface InteractionState {
  readonly id: string
  readonly version: number
  readonly accountId?: string
  readonly csrfToken: string
  /** Proved in this interaction so far. */
  readonly events: readonly AuthenticationEvent[]
  readonly failedAttempts: number
  /** What the authenticator gave to remember when it asked; removed before its answer is verified. */
  readonly pending?: { readonly method: string; readonly state: Json }
  readonly enrolment?: Json
  /** What somebody does beside signing in, such as resetting a password. */
  readonly errand?: Json
  /** Methods that were tried here and cannot prove what is asked. Absent: none. */
  readonly spent?: readonly string[]
}
