import { ageSeconds, passedLimit } from './age.ts'
import type { Decision, HeldLevel, UnmetItem } from './decision.ts'
import { heldLevel, satisfying } from './held-levels.ts'
import type { EpochSeconds } from './level.ts'
import type { Level, Levels } from './levels.ts'
import { type DecisionContext, newestPastProof } from './proof.ts'
import type { AuthenticationRecord } from './record.ts'
import type { Requirement } from './requirement.ts'

/**
 * Hold a record to a requirement. The first level asked that is held and fresh enough satisfies it: `max_age` and
 * `acr_values` are met by the same level or not at all.
 */
export function evaluate(
  levels: Levels,
  requirement: Requirement,
  record: AuthenticationRecord,
  context: DecisionContext,
): Decision {
  const unmet: UnmetItem[] = []
  for (const acr of askedAcrValues(levels, requirement)) {
    const level = levels.byAcr(acr)
    if (level === undefined) {
      unmet.push({ acr, reason: 'unknown' })
      continue
    }
    const held = heldLevel(levels, level, record, context, requirement.maxAgeSeconds === 0)
    if (held !== undefined && isFresh(held, requirement, context))
      return { satisfied: true, level: held }
    unmet.push(unmetItem(level, held, requirement, levels, record, context))
  }
  return { satisfied: false, unmet }
}

/** The levels asked, the preferred first. A requirement that names none is met by any, the strongest preferred. */
export function askedAcrValues(levels: Levels, requirement: Requirement): readonly string[] {
  return requirement.acrValues.length > 0 ? requirement.acrValues : levels.acrValues.toReversed()
}

/** The age that a proof of `level` may have under `requirement`, in seconds. `0`: proved for this request. */
export function limitSeconds(level: Level, requirement: Requirement): number {
  return Math.min(level.lifetimeSeconds, requirement.maxAgeSeconds ?? Infinity)
}

/** Whether a held level is as fresh as the requirement asks. */
export function isFresh(
  held: HeldLevel,
  requirement: Requirement,
  context: DecisionContext,
): boolean {
  const { maxAgeSeconds } = requirement
  // A proof for max_age=0 was made for this very request; whole seconds say nothing further.
  if (maxAgeSeconds === undefined || maxAgeSeconds === 0) return true
  const age = ageSeconds(held.authTime, context.now)
  return age !== undefined && age <= maxAgeSeconds
}

function unmetItem(
  level: Level,
  held: HeldLevel | undefined,
  requirement: Requirement,
  levels: Levels,
  record: AuthenticationRecord,
  context: DecisionContext,
): UnmetItem {
  const expired =
    held === undefined
      ? expiredProof(levels, level, requirement, record, context)
      : // Held, so within the level's lifetime: what it passed is the age asked.
        { provedAt: held.authTime, limitSeconds: requirement.maxAgeSeconds ?? 0 }
  if (expired === undefined) return { acr: level.acr, reason: 'missing' }
  return { acr: level.acr, reason: 'expired', ...expired }
}

/**
 * When a level that is not held was last proved, and the limit that this proof has passed. Absent: it was never proved,
 * or its proof is young enough and rests on a method that is no longer held.
 */
function expiredProof(
  levels: Levels,
  level: Level,
  { maxAgeSeconds = Infinity }: Requirement,
  record: AuthenticationRecord,
  context: DecisionContext,
): { readonly provedAt: EpochSeconds; readonly limitSeconds: number } | undefined {
  for (const by of satisfying(levels, level)) {
    const past = newestPastProof(by, record, context)
    if (past === undefined) continue
    const passed = passedLimit(
      [level.lifetimeSeconds, by.lifetimeSeconds, maxAgeSeconds],
      ageSeconds(past.provedAt, context.now) ?? Infinity,
      past.ofRequest,
    )
    if (passed !== undefined) return { provedAt: past.provedAt, limitSeconds: passed }
  }
  return undefined
}
