import type { Authentication, EpochSeconds, Requirement } from '@newel/policy'
import type { ClientErrorCode, StepUpErrorCode } from '../errors.ts'
import type { BrowserHost, TabStorage } from './browser-host.ts'
import type { Purpose } from './client-event.ts'

/** One trip to the provider: what its answer must match. Holds no token. */
export interface Transaction {
  readonly state: string
  readonly nonce: string
  /** PKCE. RFC 7636. */
  readonly verifier: string
  readonly purpose: Purpose
  /** What is asked. Absent: whatever the provider gives. */
  readonly requirement?: Requirement | undefined
  /** Who must answer. Absent: anybody. */
  readonly subject?: string | undefined
  /** On this machine's clock. */
  readonly beganAt: EpochSeconds
  /** Where the person was, of this origin. */
  readonly returnTo: string
  /** The step-up that failed, where this trip only gets the session back. */
  readonly failure?: StepUpFailure
}

/** An error that outlives its page. */
export interface StepUpFailure {
  readonly code: ClientErrorCode | StepUpErrorCode
  readonly message: string
  /** Absent: it was no matter of the step-up itself. */
  readonly required?: Requirement
  readonly achieved?: Authentication
  readonly providerError?: string
}

/** How the answer comes back; the callback page reads it off the state. */
export type Delivery = 'popup' | 'frame' | 'redirect'

/**
 * Whether another window of this origin waits for the answer with this state: one with a popup or a frame. A state begins
 * with the first letter of its {@link Delivery}.
 */
export function isRelayed(state: string): boolean {
  return /^[pf]\./.test(state)
}

/** What a trip goes by, in the tab's storage and between windows. */
export const tripName = (state: string): string => `newel:${state}`

/** Keep a transaction across a redirect, in this tab alone. */
export function keepTransaction(storage: TabStorage, transaction: Transaction): void {
  storage.setItem(tripName(transaction.state), JSON.stringify(transaction))
}

/** Take it back, once. `undefined`: not of this tab, taken before, or too old. */
export function takeTransaction(
  host: Pick<BrowserHost, 'storage' | 'now'>,
  state: string,
  timeLimitSeconds: number,
): Transaction | undefined {
  const { storage } = host
  const name = tripName(state)
  // Only this module writes here, and the tab's storage is as trusted as the page's own scripts.
  const kept = JSON.parse(storage.getItem(name) ?? 'null') as Transaction | null
  storage.removeItem(name)
  return kept?.state === state && host.now() - kept.beganAt <= timeLimitSeconds ? kept : undefined
}
