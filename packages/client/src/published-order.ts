import type { JudgingOrder } from '@newel/policy'
import type { LevelMetadata } from '@newel/protocol'

/**
 * The order that a page judges by, from the provider's discovery document. It only forecasts what the API decides, so that
 * nothing is diagnosed here: an entry that cannot be read is a level that nothing reaches, and the person is asked. Where no
 * order is published, nothing is known to satisfy anything but itself, and lifetimes are the API's business.
 */
export function publishedOrder({
  newel_levels: published,
}: Readonly<Record<string, unknown>> = {}): JudgingOrder {
  const levels: readonly (Partial<LevelMetadata> | null)[] | undefined = Array.isArray(published)
    ? published
    : undefined
  const entry = (acr: string) => levels?.find((level) => level?.acr === acr)
  const lifetimeSeconds = (acr: string) => (levels ? entry(acr)?.lifetime : Infinity)
  return {
    lifetimeSeconds,
    has: (acr) => typeof lifetimeSeconds(acr) === 'number',
    satisfies: (acr, required) => {
      const lower = entry(acr)?.satisfies
      return acr === required || (Array.isArray(lower) && lower.includes(required))
    },
  }
}

/** Where no order is published. */
export const unordered: JudgingOrder = /* @__PURE__ */ publishedOrder()
