import type { LevelOrder } from '@newel/policy'

/** The order stated as a plain list, weakest first: each level satisfies those before it. Lifetimes are not known. */
export function orderFromList(acrValues: readonly string[]): LevelOrder {
  const rank = new Map(acrValues.map((acr, index) => [acr, index]))
  return {
    acrValues,
    has: (acr) => rank.has(acr),
    satisfies: (acr, required) => {
      const [reached, asked] = [rank.get(acr), rank.get(required)]
      return reached !== undefined && asked !== undefined && reached >= asked
    },
    lifetimeSeconds: () => undefined,
  }
}

/**
 * No order is known: a level satisfies itself alone. `acr_values_supported` carries none (OIDC Discovery §3). Where the
 * provider does not even publish that, every level that a requirement names counts as known.
 */
export function orderByEquality(acrValuesSupported: readonly string[] | undefined): LevelOrder {
  const known = acrValuesSupported && new Set(acrValuesSupported)
  const has = (acr: string): boolean => known?.has(acr) ?? true
  return {
    acrValues: acrValuesSupported ?? [],
    has,
    satisfies: (acr, required) => acr === required && has(acr),
    lifetimeSeconds: () => undefined,
  }
}
