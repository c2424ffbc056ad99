import {
  type AuthenticationRecord,
  type EpochSeconds,
  type Levels,
  type Method,
  heldLevels,
} from '@newel/policy'

/**
 * The methods whose events have to go so that the session holds no level above the weakest that it holds now. The events
 * of one way to that level stay, where they prove nothing more; where every way proves more (a passkey alone does),
 * everything goes, and the person signs in again for the next thing they do.
 */
export function methodsToDrop(
  levels: Levels,
  record: AuthenticationRecord,
  now: EpochSeconds,
): readonly Method[] {
  const [weakest] = heldLevels(levels, record, { now })
  const methods = [...new Set(record.map(({ method }) => method))]
  if (weakest === undefined) return methods
  const ways = levels.byAcr(weakest.acr)?.accepts ?? []
  const kept = ways.find((way) => {
    const left = record.filter(({ method }) => way.methods.includes(method))
    const held = heldLevels(levels, left, { now })
    return held.length > 0 && held.every(({ acr }) => levels.satisfies(weakest.acr, acr))
  })
  return methods.filter((method) => kept?.methods.includes(method) !== true)
}
