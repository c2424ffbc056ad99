import type { EpochSeconds } from '@newel/policy'

/** The protocol library's models: Session, Grant, AuthorizationCode, RefreshToken, Interaction and the rest. */
export interface ArtifactStore {
  /**
   * Creates or replaces the payload. False: it was consumed, and is left as it is. `expiresAt` absent: it never expires.
   * The payload's `grantId`, `uid` and `userCode` are what the other methods look for.
   */
  upsert(
    model: string,
    id: string,
    payload: Readonly<Record<string, unknown>>,
    expiresAt: EpochSeconds | undefined,
  ): Promise<boolean>
  /** Creates one that never expires, where there is none of this id. True for exactly one caller, ever. */
  createOnce(
    model: string,
    id: string,
    payload: Readonly<Record<string, unknown>>,
  ): Promise<boolean>
  find(model: string, id: string, now: EpochSeconds): Promise<StoredArtifact | undefined>
  /** The newest of this uid that was not consumed. */
  findByUid(model: string, uid: string, now: EpochSeconds): Promise<StoredArtifact | undefined>
  findByUserCode(
    model: string,
    userCode: string,
    now: EpochSeconds,
  ): Promise<StoredArtifact | undefined>
  /**
   * Marks as used. True for exactly one caller; false where it was used before, expired, or does not exist. With
   * `keepUntil` it then expires at that time instead of its own.
   */
  consume(model: string, id: string, now: EpochSeconds, keepUntil?: EpochSeconds): Promise<boolean>
  destroy(model: string, id: string): Promise<void>
  /** Removes every code and token of a consent grant. The grant itself, sessions and interactions stay. */
  revokeByGrantId(grantId: string): Promise<void>
  /** Removes at most `limit` expired artifacts; tells how many. Call again while it returns `limit`. */
  removeExpired(now: EpochSeconds, limit: number): Promise<number>
}

export interface StoredArtifact {
  readonly payload: Record<string, unknown>
  readonly consumedAt?: EpochSeconds
}
