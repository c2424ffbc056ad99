import type { EpochSeconds } from '@newel/policy'
import type { PolicyDocument } from '@newel/policy-document'
import type { Mailer } from './mail/index.ts'
import type { OverloadLimits } from './operations/overload-guard.ts'
import type { ProviderMetrics } from './operations/provider-metrics.ts'
import type { ObserveProvider } from './provider-event.ts'
import type { RandomBytes, Sealer } from './secrets/index.ts'
import type { Store } from './store/index.ts'
import type { ConnectionLimits } from './waiting-connections.ts'

/** Where the provider tells its operator what went wrong. Shaped like `pino`. */
export interface ProviderLogger {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface IdentityProviderOptions {
  readonly document: PolicyDocument
  readonly store: Store
  readonly sealer: Sealer
  /** By client id: the secrets that the document refers to. A confidential client without one is an error. */
  readonly clientSecrets?: ReadonlyMap<string, string>
  /** By upstream id: the client secrets that `upstreams` of the document refers to. */
  readonly upstreamSecrets?: ReadonlyMap<string, string>
  /** What upstream providers are asked by. Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch
  /**
   * What `registration.initialAccessToken` of the document refers to, at least 16 characters: whoever registers a client
   * has to know it. Absent: an error where the document has `registration`.
   */
  readonly registrationToken?: string
  /** Default: the system clock. The protocol library reads that one, so another has to agree with it. */
  readonly clock?: () => EpochSeconds
  /** Default: the system's cryptographic randomness. */
  readonly random?: RandomBytes
  /** Sends letters to people. Absent: what needs one is not offered. */
  readonly mailer?: Mailer
  /**
   * The file of `branding.logo`: PNG, WebP or SVG by its content, at most {@link logoLimit} bytes, else `invalid_logo` is
   * thrown. Absent: the pages show their own mark.
   */
  readonly logo?: Uint8Array
  /** Absent: nothing is logged. */
  readonly logger?: ProviderLogger
  readonly observe?: ObserveProvider
  /** Counts and times what happens. Absent: nothing is counted. */
  readonly metrics?: ProviderMetrics
  /** From when on requests are refused with 503. Absent: the default of each limit. */
  readonly overload?: OverloadLimits
  /** What slow senders and readers may take. Absent: the default of each limit. */
  readonly connections?: ConnectionLimits
  /**
   * Addresses or networks (`10.0.0.0/8`) of the proxies in front, whose `X-Forwarded-For` tells the address that wrong answers
   * count against. Absent: the address of the connection, which behind a proxy is one for everybody.
   */
  readonly trustedProxies?: readonly string[]
}
