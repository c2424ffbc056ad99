import type { AccountStore } from './account-store.ts'
import type { ArtifactStore } from './artifact-store.ts'
import type { AttemptStore } from './attempt-store.ts'
import type { CredentialStore } from './credential-store.ts'
import type { InteractionStore } from './interaction-store.ts'
import type { KeyStore } from './key-store.ts'
import type { LogoutNoticeStore } from './logout-notice-store.ts'
import type { RecoveryStore } from './recovery-store.ts'
import type { SealedStore } from './sealed-store.ts'
import type { SecurityEventStore } from './security-event-store.ts'
import type { SessionEventStore } from './session-event-store.ts'

/**
 * What the provider remembers. Every method is one atomic step: it happens whole or not at all, also between processes
 * on one database, and a promise that resolved has been made durable. Nothing here reads a clock; a row with an expiry
 * exists while `now < expiresAt` and is gone in the second that it names. Failures of the database itself are thrown as
 * `StoreError`; every outcome that a caller must expect is a value.
 */
export interface Store {
  readonly artifacts: ArtifactStore
  readonly accounts: AccountStore
  readonly credentials: CredentialStore
  readonly sessions: SessionEventStore
  readonly interactions: InteractionStore
  readonly attempts: AttemptStore
  readonly recoveries: RecoveryStore
  readonly keys: KeyStore
  readonly securityEvents: SecurityEventStore
  readonly logoutNotices: LogoutNoticeStore
  readonly sealed: SealedStore
  /** Releases the database. Later calls throw `StoreError` with `store_closed`; closing twice is harmless. */
  close(): Promise<void>
}
