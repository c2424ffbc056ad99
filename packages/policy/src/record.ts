import type { EpochSeconds, Method } from './level.ts'

/** A method was proved at a time. */
export interface AuthenticationEvent {
  readonly method: Method
  readonly at: EpochSeconds
  /**
   * The authorization request during which it was proved. `max_age=0` and levels of lifetime 0 are met only by events
   * of the request at hand; whole seconds could not tell two requests apart.
   */
  readonly request?: string
  /** Facts about the proof that a token or an audit entry may tell, such as `credentialId`. Never a secret. */
  readonly properties?: Readonly<Record<string, string | number | boolean>>
}

/** The events of one provider session, in any order; of each method only the newest speaks. */
export type AuthenticationRecord = readonly AuthenticationEvent[]
