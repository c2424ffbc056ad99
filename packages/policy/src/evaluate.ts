import { ageSeconds } from './age.ts'
import type { Decision, HeldLevel, UnmetItem } from './decision.ts'
import { heldLevel } from './held-levels.ts'
import type { Level, Levels } from './levels.ts'
import { type DecisionContext, onceProvedAt } from './proof.ts'
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
    unmet.push(unmetItem(level, held, requirement, record, context))
  }
  return { satisfied: false, unmet }
}

/** The levels asked, the preferred first. A requirement that names none is met by any, the strongest preferred. */
export function askedAcrValues(levels: Levels, requirement: Requirement): readonly string[] {
  return requirement.acrValues.length > 0 ? requirement.acrValues : [...levels.acrValues].reverse()
}

/** The age that a proof of `level` may have under `requirement`, in seconds. `0`: proved for this request. */
export function limitSeconds(level: Level, requirement: Requirement): number {
  return Math.min(level.lifetimeSeconds, requirement.maxAgeSeconds ?? Infinity)
}

function isFresh(held: HeldLevel, requirement: Requirement, context: DecisionContext): boolean {
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
  record: AuthenticationRecord,
  context: DecisionContext,
): UnmetItem {
  const provedAt = held?.authTime ?? onceProvedAt(level, record, context)
  if (provedAt === undefined) return { acr: level.acr, reason: 'missing' }
  return {
    acr: level.acr,
    reason: 'expired',
    provedAt,
    limitSeconds: limitSeconds(level, requirement),
  }
}
