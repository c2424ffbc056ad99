import type { EpochSeconds, Method } from './level.ts'

/** Why a level is not satisfied. */
export type UnmetReason =
  /** Not proved, or a method of it is no longer held. */
  | 'missing'
  /** Proved, but too long ago for the level's lifetime or the requirement's age. */
  | 'expired'
  /** No level has this name. */
  | 'unknown'

/** One part of a requirement that is not satisfied. Headers, prompts and log lines are renderings of these. */
export interface UnmetItem {
  readonly acr: string
  readonly reason: UnmetReason
  /** When the level was last proved, with `expired`. */
  readonly provedAt?: EpochSeconds
  /** The limit that the proof passed, in seconds, with `expired`. */
  readonly limitSeconds?: number
}

/** Proof of one level. `acr` and `authTime` describe the same proof. */
export interface HeldLevel {
  readonly acr: string
  readonly authTime: EpochSeconds
  /** The methods of the alternative that proves it, sorted. */
  readonly methods: readonly Method[]
  /**
   * Last second at which this proof holds the level; no token that names it lives longer. For a one-shot proof (`max_age=0`,
   * or a level of lifetime 0): `authTime`.
   */
  readonly heldUntil: EpochSeconds
}

/** Satisfied, or what is unmet: an item for each level asked. */
export type Decision =
  | { readonly satisfied: true; readonly level: HeldLevel }
  | { readonly satisfied: false; readonly unmet: readonly UnmetItem[] }

/** An authentication as a token states it. */
export interface Authentication {
  /** Absent: the token names no level. */
  readonly acr?: string
  readonly amr?: readonly string[]
  /** Absent: the token does not say when. */
  readonly authTime?: EpochSeconds
  /** The proof was made for the very request that this token answers (`max_age=0`, or a level of lifetime 0): good for one use. */
  readonly oneShot?: boolean
}

/** Judgement over a token: no record is at hand, so it states no methods. */
export type TokenDecision =
  | { readonly satisfied: true; readonly acr?: string; readonly authTime?: EpochSeconds }
  | { readonly satisfied: false; readonly unmet: readonly UnmetItem[] }
