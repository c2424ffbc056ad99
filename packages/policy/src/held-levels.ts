import { ageSeconds } from './age.ts'
import type { HeldLevel } from './decision.ts'
import type { Level, Levels } from './levels.ts'
import { type DecisionContext, newestProof } from './proof.ts'
import type { AuthenticationRecord } from './record.ts'

/** The levels that the record holds at `context.now`, each after every level that it satisfies. */
export function heldLevels(
  levels: Levels,
  record: AuthenticationRecord,
  context: DecisionContext,
): readonly HeldLevel[] {
  return levels.all.flatMap((level) => heldLevel(levels, level, record, context) ?? [])
}

/** The held level that satisfies the most others; of equals the one proved last. Absent: none is held. */
export function strongestHeld(
  levels: Levels,
  record: AuthenticationRecord,
  context: DecisionContext,
): HeldLevel | undefined {
  return heldLevels(levels, record, context).reduce<HeldLevel | undefined>((best, held) => {
    if (best === undefined) return held
    const strength = rank(levels, held) - rank(levels, best)
    return strength > 0 || (strength === 0 && held.authTime > best.authTime) ? held : best
  }, undefined)
}

/**
 * How a level is held, by its own alternatives or through a level that satisfies it; of several proofs the newest. With
 * `oneShot`, and for a level of lifetime 0 always, only a proof made for the request at hand counts.
 */
export function heldLevel(
  levels: Levels,
  level: Level,
  record: AuthenticationRecord,
  context: DecisionContext,
  oneShot = false,
): HeldLevel | undefined {
  return satisfying(levels, level).reduce<HeldLevel | undefined>((best, by) => {
    const held = heldThrough(levels, level, by, record, context, oneShot)
    return held !== undefined && (best === undefined || held.authTime > best.authTime) ? held : best
  }, undefined)
}

/** Every level that satisfies `level`, itself first. */
export function satisfying(levels: Levels, level: Level): readonly Level[] {
  return [
    level,
    ...levels.all.filter((other) => other !== level && levels.satisfies(other.acr, level.acr)),
  ]
}

/**
 * How a level is held by the alternatives of `by`, which satisfies it. Both lifetimes bound the proof: what names the
 * level must not outlive it, nor what it rests on.
 */
export function heldThrough(
  levels: Levels,
  level: Level,
  by: Level,
  record: AuthenticationRecord,
  context: DecisionContext,
  oneShot = false,
): HeldLevel | undefined {
  const lifetimes = [level.lifetimeSeconds, by.lifetimeSeconds]
  const once = oneShot || lifetimes.includes(0)
  const proof = newestProof(levels, by, record, context, once)
  if (proof === undefined) return undefined
  const { provedAt: authTime, methods } = proof
  // Lifetime 0 lasts as long as its request; it sets no age.
  const lifetime = Math.min(...lifetimes.filter((seconds) => seconds > 0))
  const age = ageSeconds(authTime, context.now)
  if (age === undefined || age > lifetime) return undefined
  const heldUntil = once ? authTime : Math.min(authTime + lifetime, proof.liveUntil)
  return { acr: level.acr, authTime, methods, heldUntil }
}

function rank(levels: Levels, held: HeldLevel): number {
  return levels.byAcr(held.acr)?.satisfies.length ?? -1
}
