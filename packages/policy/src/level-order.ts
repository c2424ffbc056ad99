import type { EpochSeconds } from './level.ts'

/** As much of the order of levels as a token is judged by. */
export interface JudgingOrder {
  /** Whether an authentication at `acr` meets `required`. `false` where either is unknown. */
  satisfies(acr: string, required: string): boolean
  has(acr: string): boolean
  /** How long a level holds after it was proved, in seconds. Absent: unknown level. */
  lifetimeSeconds(acr: string): number | undefined
}

/** The order of levels: all that a resource server or client needs. */
export interface LevelOrder extends JudgingOrder {
  /** Wire values, each after every level that it satisfies. */
  readonly acrValues: readonly string[]
}

/** What one level looks like in a provider's metadata. */
export interface LevelOrderEntry {
  readonly acr: string
  readonly lifetimeSeconds: number
  /** Wire values of the other levels that it satisfies; closed over here. */
  readonly satisfies: readonly string[]
}

/** Why entries make no order. */
export interface LevelOrderFault {
  readonly ok: false
  readonly code: 'duplicate_acr' | 'invalid_lifetime' | 'unknown_level' | 'level_cycle'
  /** The level at fault. */
  readonly acr: string
  /** With `unknown_level`, what the level is said to satisfy. */
  readonly lower?: string
}

export type LevelOrderReading = { readonly ok: true; readonly order: LevelOrder } | LevelOrderFault

/** Longest lifetime accepted, in seconds: ten years. Longer ones are mistakes of unit. */
export const longestLifetimeSeconds: EpochSeconds = 10 * 366 * 24 * 3600

/** Whether a level may hold that long: whole seconds from 0 to {@link longestLifetimeSeconds}. */
export function isLifetime(seconds: number): boolean {
  return Number.isSafeInteger(seconds) && seconds >= 0 && seconds <= longestLifetimeSeconds
}

/** The order that entries state, closed under transitivity; a repeated or unknown level or a cycle is a fault. */
export function readLevelOrder(entries: readonly LevelOrderEntry[]): LevelOrderReading {
  const lifetimes = new Map<string, number>()
  const below = new Map<string, Set<string>>()
  for (const { acr, lifetimeSeconds, satisfies } of entries) {
    if (below.has(acr)) return fault('duplicate_acr', acr)
    if (!isLifetime(lifetimeSeconds)) return fault('invalid_lifetime', acr)
    lifetimes.set(acr, lifetimeSeconds)
    below.set(acr, new Set(satisfies))
  }
  for (const [acr, lowers] of below) {
    for (const lower of lowers) if (!below.has(lower)) return fault('unknown_level', acr, lower)
    lowers.delete(acr)
  }
  // What is satisfied by way of one level after the other: Warshall's closure.
  for (const [middle, further] of below) {
    for (const lowers of below.values()) {
      if (lowers.has(middle)) for (const lower of further) lowers.add(lower)
    }
  }
  for (const [acr, lowers] of below) if (lowers.has(acr)) return fault('level_cycle', acr)
  const count = (acr: string) => below.get(acr)?.size ?? 0
  return {
    ok: true,
    order: {
      // A level satisfies strictly more levels than any level below it, so counting them sorts them.
      acrValues: [...below.keys()].toSorted((a, b) => count(a) - count(b)),
      satisfies: (acr, required) =>
        below.has(acr) && (acr === required || below.get(acr)?.has(required) === true),
      has: (acr) => below.has(acr),
      lifetimeSeconds: (acr) => lifetimes.get(acr),
    },
  }
}

function fault(code: LevelOrderFault['code'], acr: string, lower?: string): LevelOrderFault {
  return { ok: false, code, acr, ...(lower !== undefined && { lower }) }
}
