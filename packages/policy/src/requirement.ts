/** What an action asks of an authentication. */
export interface Requirement {
  /** The name under which code, rules and audit speak of it. */
  readonly name?: string
  /**
   * Wire values of the levels, any of which is enough, the preferred first. Empty: any authentication will do, and only
   * its age is judged.
   */
  readonly acrValues: readonly string[]
  /** Oldest acceptable proof, in seconds. Absent: any age that the level's lifetime allows. `0`: a proof made for this request. */
  readonly maxAgeSeconds?: number
  /** The proof must be bound to the exact action. */
  readonly transaction?: boolean
}
