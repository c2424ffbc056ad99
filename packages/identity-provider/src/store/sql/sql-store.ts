import { limiterAttemptStore } from '../attempts/limiter-attempt-store.ts'
import type { SealedRecords } from '../sealed-records.ts'
import type { Store } from '../store.ts'
import type { Tables } from './schema.ts'
import { sqlAccountStore } from './sql-account-store.ts'
import { sqlArtifactStore } from './sql-artifact-store.ts'
import type { SqlConnection } from './sql-connection.ts'
import { sqlCounterStore } from './sql-counter-store.ts'
import { sqlCredentialStore } from './sql-credential-store.ts'
import { sqlInteractionStore } from './sql-interaction-store.ts'
import { sqlKeyStore } from './sql-key-store.ts'
import { sqlLogoutNoticeStore } from './sql-logout-notice-store.ts'
import { sqlRecoveryStore } from './sql-recovery-store.ts'
import { sqlSealedStore } from './sql-sealed-store.ts'
import { sqlSecurityEventStore } from './sql-security-event-store.ts'
import { sqlSessionEventStore } from './sql-session-event-store.ts'

/** The parts of a store on any SQL database; a new part is a file beside these, a line here and a migration per database. */
export function sqlStore(
  connection: SqlConnection,
  db: Tables,
  records: SealedRecords,
): Omit<Store, 'close'> {
  return {
    artifacts: sqlArtifactStore(connection, db, records),
    accounts: sqlAccountStore(connection, db),
    credentials: sqlCredentialStore(connection, db),
    sessions: sqlSessionEventStore(connection, db),
    interactions: sqlInteractionStore(connection, db, records),
    attempts: limiterAttemptStore(sqlCounterStore(connection, db)),
    recoveries: sqlRecoveryStore(connection, db),
    keys: sqlKeyStore(connection, db),
    sealed: sqlSealedStore(connection, db),
    logoutNotices: sqlLogoutNoticeStore(connection, db),
    securityEvents: sqlSecurityEventStore(connection, db),
  }
}
