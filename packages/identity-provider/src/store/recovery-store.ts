import type { EpochSeconds } from '@newel/policy'

/** The removal of a lost factor that waits for the end of its cool-down. One at a time for an account. */
export interface RecoveryStore {
  /** `pending`: the account has one that has not lapsed at `now`; it stays as it is. */
  begin(
    recovery: FactorRecovery,
    now: EpochSeconds,
  ): Promise<'begun' | 'pending' | 'unknown_account'>
  read(accountId: string, now: EpochSeconds): Promise<FactorRecovery | undefined>
  /** Ends it: true for exactly one caller, who then does what is to be done. */
  take(accountId: string, id: string): Promise<boolean>
  /** Those whose cool-down is over and whose owner was not told, at most `limit`. */
  due(now: EpochSeconds, limit: number): Promise<readonly FactorRecovery[]>
  /** Notes that the owner is told of the end of the cool-down: true for exactly one caller. */
  announce(accountId: string, id: string): Promise<boolean>
  removeExpired(now: EpochSeconds, limit: number): Promise<number>
}

export interface FactorRecovery {
  readonly id: string
  readonly accountId: string
  /** What the person said is lost, and is removed at the end. */
  readonly credentialIds: readonly string[]
  readonly requestedAt: EpochSeconds
  /** The cool-down is over in this second. */
  readonly readyAt: EpochSeconds
  /** It lapses in this second. */
  readonly expiresAt: EpochSeconds
}
