import { readLevelOrder } from '@newel/policy'
import type { LevelOrder, LevelOrderEntry, Levels } from '@newel/policy'

import { ownMember } from './own-member.ts'
import { isAcrValue, isListOf } from './value-list.ts'

/** The member of the discovery document that holds the levels. */
export const levelsMember = 'newel_levels'

const supportedMember = 'acr_values_supported'

/** Most levels, and most `acr_values_supported`, read from a provider. Real ones have under ten. */
export const mostPublishedLevels = 100

/** One level as the provider publishes it. */
export interface LevelMetadata {
  readonly acr: string
  /** How long the level holds after it was proved, in seconds. `0`: only for the request that proved it. */
  readonly lifetime: number
  /** Every other level that it satisfies. */
  readonly satisfies: readonly string[]
}

export type LevelsMetadataErrorCode =
  /** `newel_levels` has not the form of {@link LevelMetadata} entries. */
  | 'invalid_levels'
  /** The entries contradict each other: a repeated level, an undeclared one, a cycle. */
  | 'contradictory_levels'
  | 'invalid_acr_values_supported'
  /** A list has more than {@link mostPublishedLevels} members. */
  | 'too_many_levels'

/** What reading a discovery document comes to. */
export type LevelsMetadataReading =
  | {
      ok: true
      /** `undefined`: the provider publishes no order, and only equal levels can be known to satisfy each other. */
      order: LevelOrder | undefined
      /** `undefined`: the provider does not say which levels it knows. */
      acrValuesSupported: readonly string[] | undefined
    }
  | {
      ok: false
      code: LevelsMetadataErrorCode
      /** The member, entry or level at fault, with the code. */
      message: string
    }

/** The `newel_levels` member for the discovery document, weakest level first. */
export function levelsMetadata(levels: Levels): readonly LevelMetadata[] {
  return levels.all.map(({ acr, lifetimeSeconds, satisfies }) => ({
    acr,
    lifetime: lifetimeSeconds,
    satisfies,
  }))
}

/**
 * The order of levels and the list of those supported, from a provider's discovery document (OIDC Discovery §3). Absent
 * members are `undefined`; malformed ones are an error, since an order that is read in part would let too much or too
 * little pass. Members that an entry has beyond those of {@link LevelMetadata} are passed over.
 */
export function levelOrderFromMetadata(
  metadata: Readonly<Record<string, unknown>>,
): LevelsMetadataReading {
  const supported = ownMember(metadata, supportedMember)
  const published = ownMember(metadata, levelsMember)
  if (isTooLong(supported)) return fault('too_many_levels', supportedMember)
  if (supported !== undefined && !isListOf(supported, isAcrValue)) {
    return fault('invalid_acr_values_supported', supportedMember)
  }
  if (published === undefined) {
    return { ok: true, order: undefined, acrValuesSupported: supported }
  }
  if (isTooLong(published)) return fault('too_many_levels', levelsMember)
  const entries = readEntries(published)
  if (typeof entries === 'string') return fault('invalid_levels', entries)
  const reading = readLevelOrder(entries)
  if (reading.ok) return { ok: true, order: reading.order, acrValuesSupported: supported }
  const code = reading.code === 'invalid_lifetime' ? 'invalid_levels' : 'contradictory_levels'
  return fault(code, `${levelsMember}: ${reading.acr}`)
}

/** The entries in the policy's words, or the place of what is wrong with them. */
function readEntries(published: unknown): readonly LevelOrderEntry[] | string {
  const entries: LevelOrderEntry[] = []
  if (!Array.isArray(published) || published.length === 0) return levelsMember
  for (const member of published as readonly unknown[]) {
    const entry = isObject(member) ? member : {}
    const acr = ownMember(entry, 'acr')
    const lifetimeSeconds = ownMember(entry, 'lifetime')
    const satisfies = ownMember(entry, 'satisfies')
    if (
      !isAcrValue(acr) ||
      typeof lifetimeSeconds !== 'number' ||
      isTooLong(satisfies) ||
      !isListOf(satisfies, isAcrValue)
    ) {
      return `${levelsMember}[${entries.length}]`
    }
    entries.push({ acr, lifetimeSeconds, satisfies })
  }
  return entries
}

function fault(code: LevelsMetadataErrorCode, place: string): LevelsMetadataReading {
  return { ok: false, code, message: `\`${place}\`: ${code}` }
}

function isTooLong(list: unknown): boolean {
  return Array.isArray(list) && list.length > mostPublishedLevels
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
