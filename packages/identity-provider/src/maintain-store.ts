import type { EpochSeconds } from '@newel/policy'
import type { Store } from './store/index.ts'

/** Rows removed in one step: few enough that nobody waits for it. */
const step = 500

/** Steps of one call: what is left is left for the next. */
const mostSteps = 20

/** How long people can read what happened to their account, in seconds. */
const securityEventSeconds = 90 * 24 * 3600

/** Removes what has expired. Nothing depends on it but the size of the database. */
export async function maintainStore(
  store: Store,
  now: EpochSeconds,
  sessionLifetimeSeconds: number,
): Promise<void> {
  const removals = [
    async () => store.artifacts.removeExpired(now, step),
    async () => store.interactions.removeExpired(now, step),
    async () => store.attempts.removeExpired(now, step),
    async () => store.recoveries.removeExpired(now, step),
    async () => store.logoutNotices.removeExpired(now, step),
  ]
  for (const remove of removals) {
    let removed = step
    for (let count = 0; removed === step && count < mostSteps; count += 1) removed = await remove()
  }
  // A session is prolonged by use, and each use that proves something is an event.
  await store.sessions.removeExpired(now - 2 * sessionLifetimeSeconds)
  await store.securityEvents.removeExpired(now - securityEventSeconds)
}
