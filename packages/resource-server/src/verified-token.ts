import type { Authentication, EpochSeconds } from '@newel/policy'

/** An access token whose signature, issuer, audience and times were verified. Frozen: requests share it. */
export interface VerifiedToken {
  /** `iss`. */
  readonly issuer: string
  /** `sub`. Unique within its issuer alone. */
  readonly subject: string
  /** `client_id`, or `azp` or `cid` where a provider states only that. */
  readonly clientId: string | undefined
  readonly scope: readonly string[]
  /** Whether it speaks for a machine or a delegate, and for no person directly. */
  readonly isMachine: boolean
  /** How and when the person authenticated. Empty where the token says nothing, or nothing well-formed. */
  readonly authentication: Authentication
  /** Further levels that the token states beside the first, each with its own time. Empty with most providers. */
  readonly otherAuthentications: readonly Authentication[]
  readonly expiresAt: EpochSeconds
  /** `nbf`. `0`: the token has none. */
  readonly notBefore: EpochSeconds
  readonly issuedAt: EpochSeconds
  /** What the sender must prove to hold (`cnf`, RFC 7800). Absent: nothing. */
  readonly confirmation: Confirmation | undefined
  /** Every claim as it was signed. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** The key or certificate to which a token is bound. */
export interface Confirmation {
  /** `jkt`: SHA-256 thumbprint of the DPoP key (RFC 9449 §6.1). */
  readonly keyThumbprint: string | undefined
  /** `x5t#S256`: SHA-256 thumbprint of the client's certificate (RFC 8705 §3.1). */
  readonly certificateThumbprint: string | undefined
  /** Whether every member is one of these; a token bound to anything else is refused. */
  readonly isUnderstood: boolean
}

/** Make `value` immutable all the way down, so that one handler cannot alter what another request is judged by. */
export function deepFreeze<T>(value: T): T {
  const pending: unknown[] = [value]
  while (pending.length > 0) {
    const next = pending.pop()
    if (Object.isFrozen(next)) continue
    Object.freeze(next)
    for (const member of Object.values(next as object)) {
      if (typeof member === 'object' && member !== null) pending.push(member)
    }
  }
  return value
}
