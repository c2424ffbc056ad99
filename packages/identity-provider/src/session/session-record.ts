import type { AuthenticationEvent, AuthenticationRecord, EpochSeconds } from '@newel/policy'
import type { SessionEventStore } from '../store/index.ts'

/** The events of a session. Of a session that nobody has signed in to: none. */
export async function readRecord(
  sessions: SessionEventStore,
  sessionUid: string,
): Promise<AuthenticationRecord> {
  return (await sessions.read(sessionUid))?.events ?? []
}

/** Adds what an interaction proved; events that the session has already are left as they are. */
export async function mergeIntoRecord(
  sessions: SessionEventStore,
  sessionUid: string,
  accountId: string,
  proved: readonly AuthenticationEvent[],
  now: EpochSeconds,
): Promise<AuthenticationRecord> {
  if (proved.length > 0) await sessions.append(sessionUid, accountId, proved, now)
  return readRecord(sessions, sessionUid)
}
