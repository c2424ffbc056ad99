import type { EpochSeconds } from '@newel/policy'
import type { Store } from '../store/index.ts'

/** Takes back everything that a session has proved. It stays, and everything has to be proved anew. */
export async function dropProofs(
  { sessions }: Pick<Store, 'sessions'>,
  uid: string,
  now: EpochSeconds,
): Promise<void> {
  const events = (await sessions.read(uid))?.events ?? []
  await sessions.dropMethods(uid, [...new Set(events.map(({ method }) => method))], now)
}
