import type { AuthenticationEvent, EpochSeconds } from '@newel/policy'

/** The authentication record of a provider session. */
export interface SessionEventStore {
  /**
   * Adds events; one that is known already (same method, time and request) is left as it is. A session belongs to one
   * account for ever: events of another are refused with `StoreError` `store_conflict`. Of each method the newest
   * {@link keptEventsPerMethod} are kept.
   */
  append(
    sessionUid: string,
    accountId: string,
    events: readonly AuthenticationEvent[],
    now: EpochSeconds,
  ): Promise<void>
  /** Oldest event first. */
  read(sessionUid: string): Promise<SessionEvents | undefined>
  /** Notes where a known session was used; to the minute, so that use costs no commit each time. */
  seen(sessionUid: string, use: SessionUse, now: EpochSeconds): Promise<void>
  /** Those of one account that have a record, the last seen first, at most {@link listedSessions}. */
  forAccount(accountId: string): Promise<readonly SessionSummary[]>
  /** Takes back the events of these methods that were made at or before `until`. The session stays. */
  dropMethods(sessionUid: string, methods: readonly string[], until: EpochSeconds): Promise<void>
  /** Uids of sessions whose account was disabled or is gone, at most `limit`. */
  orphaned(limit: number): Promise<readonly string[]>
  remove(sessionUid: string): Promise<void>
  /** Removes the records of sessions to which nothing was appended at or after `before`; tells how many sessions. */
  removeExpired(before: EpochSeconds): Promise<number>
}

export interface SessionEvents {
  readonly accountId: string
  readonly events: readonly AuthenticationEvent[]
}

/** Where a session was used from. */
export interface SessionUse {
  readonly address: string
  /** A few words about the browser; never its whole description of itself. Absent: it said nothing known. */
  readonly device?: string
}

export interface SessionSummary extends Partial<SessionUse> {
  readonly uid: string
  /** Absent: the session began before this was noted. */
  readonly firstSeenAt?: EpochSeconds
  readonly lastSeenAt?: EpochSeconds
}

export const listedSessions = 200
