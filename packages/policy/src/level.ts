/** One way to prove something: `password`, `totp`, `passkey`, `security-key`, … The document names them. */
export type Method = string

/** Seconds since 1970-01-01T00:00:00Z, whole: the unit of `auth_time`. */
export type EpochSeconds = number

/** Methods that must all be proved. Order carries no meaning. */
export type Alternative = readonly Method[]

/** A named class of assurance, as the author of the policy states it. */
export interface LevelDefinition {
  /** What people call it, and what the policy document refers to. */
  readonly name: string
  /** The value on the wire. Absent: the level's name. */
  readonly acr?: string
  /** Any one of these proves the level. At least one. */
  readonly accepts: readonly Alternative[]
  /** How long the level holds after it was proved, in seconds. `0`: only for the request that proved it. */
  readonly lifetimeSeconds: number
  /**
   * Names of the levels that this one satisfies. Absent: every level of which each alternative here contains one.
   * Empty: none but itself.
   */
  readonly satisfies?: readonly string[]
}

/** What the policy says of a method beyond the levels that accept it. */
export interface MethodDefinition {
  /** How long one proof stays live, in seconds. Absent: the longest lifetime of the levels that accept the method. */
  readonly lifetimeSeconds?: number
}

/** What an author states; `compileLevels` turns it into {@link Levels} or refuses it. */
export interface LevelsDefinition {
  readonly levels: readonly LevelDefinition[]
  readonly methods?: Readonly<Record<Method, MethodDefinition>>
}
