import type { RefusalReason } from './refusal.ts'

/** One decision, for metrics and logs. It names no person and holds no token. */
export interface ObservedDecision {
  readonly outcome: 'allowed' | 'refused'
  /** Why it was refused, or would have been. Absent: it met the requirement. */
  readonly reason?: RefusalReason
  /** The requirement's name. Absent: it has none, or was not reached. */
  readonly requirement?: string
  /** Whose token it was. Absent: no token of a known provider. */
  readonly issuer?: string
  /** Whether the requirement only reports: it was let through whatever it lacked. */
  readonly reportOnly: boolean
}
