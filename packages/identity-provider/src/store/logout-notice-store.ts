import type { EpochSeconds } from '@newel/policy'

/** Logouts that relying parties are still to be told of, by whichever node lives. */
export interface LogoutNoticeStore {
  /** Keeps one until it is removed or expires. One of the same id is left as it is. */
  add(notice: LogoutNotice, dueAt: EpochSeconds, expiresAt: EpochSeconds): Promise<void>
  /** Those that are due, at most `limit`, the oldest first. Each comes to one caller, and is due again at `dueAgainAt`. */
  claim(
    now: EpochSeconds,
    dueAgainAt: EpochSeconds,
    limit: number,
  ): Promise<readonly LogoutNotice[]>
  remove(id: string): Promise<void>
  removeExpired(now: EpochSeconds, limit: number): Promise<number>
}

export interface LogoutNotice {
  readonly id: string
  readonly clientId: string
  readonly accountId: string
  /** Of the session at this client. Absent: all sessions of the account there. */
  readonly sid?: string
}
