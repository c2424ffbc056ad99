import type { Authentication, EpochSeconds, Requirement } from '@newel/policy'
import type { ClientErrorCode, StepUpErrorCode } from '../errors.ts'
import type { TabStorage } from './browser-host.ts'
import type { Purpose } from './client-event.ts'

/** One trip to the provider: what its answer must match. Holds no token. */
export interface Transaction {
  readonly state: string
  readonly nonce: string
  /** PKCE. RFC 7636. */
  readonly verifier: string
  readonly purpose: Purpose
  /** What is asked. Absent: whatever the provider gives. */
  readonly requirement?: Requirement
  /** Who must answer. Absent: anybody. */
  readonly subject?: string
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

/** A state that tells the callback page whom to hand the answer to. It is random besides. */
export function stateFor(delivery: Delivery, random: string): string {
  return `${delivery[0]}.${random}`
}

/** Whether another window of this origin waits for the answer with this state: one with a popup or a frame. */
export function isRelayed(state: string): boolean {
  return /^[pf]\./.test(state)
}

const key = (state: string) => `newel:${state}`

/** Keep a transaction across a redirect, in this tab alone. */
export function keepTransaction(storage: TabStorage, transaction: Transaction): void {
  storage.set(key(transaction.state), JSON.stringify(transaction))
}

/** Take it back, once. `undefined`: not of this tab, taken before, or too old. */
export function takeTransaction(
  storage: TabStorage,
  state: string,
  now: EpochSeconds,
  timeLimitSeconds: number,
): Transaction | undefined {
  const kept = storage.get(key(state))
  storage.remove(key(state))
  if (kept === undefined) return undefined
  const transaction: unknown = JSON.parse(kept)
  if (!isTransaction(transaction) || transaction.state !== state) return undefined
  return now - transaction.beganAt <= timeLimitSeconds ? transaction : undefined
}

/** The rest follows: only this module writes here, and the tab's storage is as trusted as the page's own scripts. */
function isTransaction(value: unknown): value is Transaction {
  return typeof value === 'object' && value !== null && 'state' in value && 'beganAt' in value
}
