import type { EpochSeconds } from '@newel/policy'
import type { Store } from './store/index.ts'

/** Rows removed in one step: few enough that nobody waits for it. */
const step = 500

/** Steps of one call: what is left is left for the next. */
const mostSteps = 20

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
  ]
  for (const remove of removals) {
    let removed = step
    for (let count = 0; removed === step && count < mostSteps; count += 1) removed = await remove()
  }
  // A session is prolonged by use, and each use that proves something is an event.
  await store.sessions.removeExpired(now - 2 * sessionLifetimeSeconds)
}
