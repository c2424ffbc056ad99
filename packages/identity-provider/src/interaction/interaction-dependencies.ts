import type { AuthenticationRecord, EpochSeconds } from '@newel/policy'
import type { PolicyDocument } from '@newel/policy-document'
import type Provider from 'oidc-provider'
import type { Authenticators } from '../authenticators/index.ts'
import type { Upstreams } from '../federation/upstreams.ts'
import type { MailedCodes, Mailer, Outbox } from '../mail/index.ts'
import type { Notices } from '../notices/notices.ts'
import type { ObserveProvider } from '../provider-event.ts'
import type { RandomBytes } from '../secrets/index.ts'
import type { Store } from '../store/index.ts'
import type { PageBrand } from './pages/index.ts'

export interface InteractionDependencies {
  /** Asked for every time: a rotation of keys replaces it. */
  readonly provider: () => Provider
  readonly document: PolicyDocument
  readonly store: Store
  readonly authenticators: Authenticators
  readonly upstreams: Upstreams
  readonly clock: () => EpochSeconds
  readonly random: RandomBytes
  readonly observe: ObserveProvider
  /** Absent: the provider sends no mail. */
  readonly mailer?: Mailer
  /** Absent where `mailer` is. */
  readonly mailedCodes?: MailedCodes
  /** Absent where `mailer` is. */
  readonly notices?: Notices
  /** For letters that nobody waits for. */
  readonly outbox: Outbox
  /** Path of the issuer without a closing slash. Empty: none. */
  readonly basePath: string
  /** Absent: the pages keep their own look. */
  readonly brand?: PageBrand
  /** The events of a session. */
  readonly readRecord: (sessionUid: string) => Promise<AuthenticationRecord>
}
