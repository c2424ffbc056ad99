import type { EpochSeconds } from '@newel/policy'
import { ResourceServerError } from './errors.ts'

/**
 * Remembers one-shot tokens that have been used. Where several processes serve one API, give them one shared store: a
 * memory of its own lets each process pass the token once.
 */
export interface UsedTokenStore {
  /**
   * Record the first use of `id`, atomically: of any number of callers exactly one gets `true`. `false`: used before. Must
   * remember `id` until `expiresAt`. Throwing refuses the request with 503; it never passes.
   */
  use(id: string, expiresAt: EpochSeconds, now: EpochSeconds): Promise<boolean> | boolean
}

/** What one process needs: bounded, in memory. Entries leave at their expiry, and only then. */
export function memoryUsedTokenStore(
  options: { /** Default: 100,000. */ maxEntries?: number } = {},
): UsedTokenStore {
  const maxEntries = options.maxEntries ?? 100_000
  const expiries = new Map<string, EpochSeconds>()
  /** No entry leaves before this, so a full memory is not searched again and again. */
  let nextExpiry = Number.POSITIVE_INFINITY

  const forgetExpired = (now: EpochSeconds): void => {
    if (now <= nextExpiry) return
    nextExpiry = Number.POSITIVE_INFINITY
    for (const [id, expiresAt] of expiries) {
      if (expiresAt < now) expiries.delete(id)
      else nextExpiry = Math.min(nextExpiry, expiresAt)
    }
  }

  return {
    use(id, expiresAt, now) {
      const known = expiries.get(id)
      if (known !== undefined && known >= now) return false
      if (known === undefined && expiries.size >= maxEntries) {
        forgetExpired(now)
        if (expiries.size >= maxEntries) {
          throw new ResourceServerError(
            'used_tokens_full',
            `${maxEntries} used one-shot tokens are remembered, and none has expired`,
          )
        }
      }
      expiries.set(id, expiresAt)
      nextExpiry = Math.min(nextExpiry, expiresAt)
      return true
    },
  }
}
