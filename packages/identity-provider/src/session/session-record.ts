import type { AuthenticationEvent, AuthenticationRecord, EpochSeconds } from '@newel/policy'
import type { PolicyDocument } from '@newel/policy-document'
import type { Credential, SessionEventStore } from '../store/index.ts'

/** The events of a session. Of a session that nobody has signed in to: none. */
export async function readRecord(
  sessions: SessionEventStore,
  sessionUid: string,
): Promise<AuthenticationRecord> {
  return (await sessions.read(sessionUid))?.events ?? []
}

/**
 * The events that still speak for a person: those of an authenticator that was removed, or of a password that was changed,
 * do not, nor those of an upstream that the document names no more. Events that name no credential are kept.
 */
export function standingRecord(
  record: AuthenticationRecord,
  credentials: readonly Credential[],
  { upstreams }: Pick<PolicyDocument, 'upstreams'>,
): AuthenticationRecord {
  const issuers = new Set(upstreams.map(({ issuer }) => issuer))
  const ids = new Set(
    credentials
      .filter((known) => known.method !== 'federated' || issuers.has(known.data.issuer))
      .map(({ id }) => id),
  )
  return record.filter(({ properties }) => {
    const id = properties?.['credentialId']
    return typeof id !== 'string' || ids.has(id)
  })
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
