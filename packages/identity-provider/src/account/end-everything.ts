import type { EpochSeconds } from '@newel/policy'
import { dropProofs } from '../session/drop-proofs.ts'
import { type SessionEnding, endSessionsOf } from './end-session.ts'

/**
 * Ends every session of an account, and with them what they proved; refresh tokens that outlive their session, too. An
 * access token that is a JWT lives on until it expires. Tells how many sessions there were.
 */
export async function endEverything(
  { provider, store }: SessionEnding,
  accountId: string,
  now: EpochSeconds,
  /** A session that is the base of a page right now: it proves nothing any more, and stays. */
  keptUid?: string,
): Promise<number> {
  await store.accounts.setValidFrom(accountId, now)
  if (keptUid !== undefined) await dropProofs(store, keptUid, now)
  return endSessionsOf({ provider, store }, accountId, keptUid)
}
