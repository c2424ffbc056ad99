import type { EpochSeconds } from '@newel/policy'

/** What happened to an account, for its owner to read. Append-only. */
export interface SecurityEventStore {
  /**
   * Adds one, and keeps the newest {@link keptSecurityEvents} of the account. An account that does not exist has none:
   * nothing is kept then.
   */
  append(event: SecurityEvent): Promise<void>
  /** Newest first. */
  recent(accountId: string, limit: number): Promise<readonly SecurityEvent[]>
  /** Removes what is older than `before`; tells how many. */
  removeExpired(before: EpochSeconds): Promise<number>
}

export interface SecurityEvent {
  readonly accountId: string
  readonly at: EpochSeconds
  readonly type: string
  readonly method?: string
  readonly clientId?: string
  readonly address?: string
  readonly device?: string
}

export const keptSecurityEvents = 200

/** The record serves decisions, for which the newest event of a method speaks; history belongs to the audit. */
export const keptEventsPerMethod = 32
