import type { Authentication } from '@newel/policy'
import { authenticationFromClaims } from '@newel/protocol'

/**
 * Reads from verified claims how and when the person authenticated: one authentication, or several where a token states
 * several levels with times of their own, the most telling first. It must state only what the claims say: what is absent or
 * malformed is left out, and the requirement then is not met.
 */
export type ReadAuthentication = (
  claims: Readonly<Record<string, unknown>>,
) => readonly Authentication[]

/** `acr`, `amr` and `auth_time` as the specifications have them (RFC 9470 §6, RFC 9068 §2.2.1). */
export const standardClaims: ReadAuthentication = (claims) => {
  const read = authenticationFromClaims(claims)
  // Claims of a wrong form state nothing: enough for a route that asks nothing, a challenge elsewhere.
  return read.ok ? [read.authentication] : []
}

/** Most levels read from one token. */
const mostLevels = 32

/**
 * Levels as a list in one claim, each of them reached, as Entra ID's `acrs` (authentication contexts).
 *
 * @param claim Default: `acrs`.
 */
export function levelsFromList(claim = 'acrs'): ReadAuthentication {
  return (claims) => {
    const listed = Object.hasOwn(claims, claim) ? claims[claim] : undefined
    if (!Array.isArray(listed) || listed.length > mostLevels) return []
    return listed.flatMap((acr: unknown) => standardClaims({ ...timeAndMethods(claims), acr }))
  }
}

/**
 * Levels by the methods that the token lists, for providers that state `amr` alone. A level is reached where the token's
 * `amr` has all of one of its sets. What a provider writes into `amr` is its own affair: state what it documents.
 *
 * @param levels By level, the sets of `amr` values any of which reaches it, the strongest level first.
 */
export function levelsFromMethods(
  levels: Readonly<Record<string, readonly (readonly string[])[]>>,
): ReadAuthentication {
  return (claims) => {
    const [stated] = standardClaims({ ...timeAndMethods(claims) })
    const methods = stated?.amr
    if (!methods) return []
    return Object.entries(levels).flatMap(([acr, sets]) =>
      sets.some((set) => set.length > 0 && set.every((method) => methods.includes(method)))
        ? standardClaims({ ...timeAndMethods(claims), acr })
        : [],
    )
  }
}

/**
 * The level under names of this API's own, for providers whose `acr` is a number or an address. A value that is not listed is
 * no level.
 *
 * @param levels By the provider's value, written as text, the level here.
 */
export function levelsByName(levels: Readonly<Record<string, string>>): ReadAuthentication {
  const names = new Map(Object.entries(levels))
  return (claims) => {
    const stated = claims['acr']
    const text = typeof stated === 'number' ? String(stated) : stated
    const acr = typeof text === 'string' ? names.get(text) : undefined
    return acr === undefined ? [] : standardClaims({ ...claims, acr })
  }
}

/**
 * Levels by the ages of factors in minutes, as the `fva` claim of Clerk: one number for each factor, `-1` where it was never
 * proved. Ages count back from the token's `iat`, not from now (a token does not grow younger by lying around).
 *
 * @param levels The level of each factor, in the claim's order.
 */
export function levelsFromFactorAges(levels: readonly string[], claim = 'fva'): ReadAuthentication {
  return (claims) => {
    const { iat } = claims
    const ages = Object.hasOwn(claims, claim) ? claims[claim] : undefined
    if (!Array.isArray(ages) || typeof iat !== 'number') return []
    return levels
      .flatMap((acr, index) => {
        const age: unknown = ages[index]
        if (typeof age !== 'number' || !Number.isInteger(age) || age < 0) return []
        return standardClaims({ acr, auth_time: iat - age * 60 })
      })
      .toReversed()
  }
}

function timeAndMethods(
  claims: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const stated: Record<string, unknown> = {}
  for (const name of ['amr', 'auth_time']) {
    if (Object.hasOwn(claims, name)) stated[name] = claims[name]
  }
  return stated
}
