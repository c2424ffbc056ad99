import { ageSeconds } from './age.ts'
import type { HeldLevel } from './decision.ts'
import type { Level, Levels } from './levels.ts'
import { type DecisionContext, type Proof, newestProof } from './proof.ts'
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
  const holding = levels.all.filter((other) => levels.satisfies(other.acr, level.acr))
  return holding.reduce<HeldLevel | undefined>((best, by) => {
    const once = oneShot || level.lifetimeSeconds === 0 || by.lifetimeSeconds === 0
    const proof = newestProof(levels, by, record, context, once)
    if (proof === undefined) return best
    const held = holds(level, by, proof, context, once)
    return held !== undefined && (best === undefined || held.authTime > best.authTime) ? held : best
  }, undefined)
}

function holds(
  level: Level,
  by: Level,
  proof: Proof,
  context: DecisionContext,
  once: boolean,
): HeldLevel | undefined {
  const { provedAt: authTime, methods } = proof
  if (once) return { acr: level.acr, authTime, methods, heldUntil: authTime }
  const lifetime = Math.min(level.lifetimeSeconds, by.lifetimeSeconds)
  const age = ageSeconds(authTime, context.now)
  if (age === undefined || age > lifetime) return undefined
  return {
    acr: level.acr,
    authTime,
    methods,
    heldUntil: Math.min(authTime + lifetime, proof.liveUntil),
  }
}

function rank(levels: Levels, held: HeldLevel): number {
  return levels.byAcr(held.acr)?.satisfies.length ?? -1
}
