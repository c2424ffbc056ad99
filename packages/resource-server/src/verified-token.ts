import type { Authentication, EpochSeconds } from '@newel/policy'

/** An access token whose signature, issuer, audience and times were verified. Frozen: requests share it. */
export interface VerifiedToken {
  /** `sub`. */
  readonly subject: string
  /** `client_id`, or `azp` where a provider states only that. */
  readonly clientId: string | undefined
  readonly scope: readonly string[]
  /** How and when the person authenticated. Empty where the token says nothing, or nothing well-formed. */
  readonly authentication: Authentication
  readonly expiresAt: EpochSeconds
  readonly issuedAt: EpochSeconds
  /** Every claim as it was signed. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** No person stands behind a client-credentials token (RFC 9068 §2.2: `sub` is then the client), nor behind a delegated one. */
export function isMachineToken(token: VerifiedToken): boolean {
  return token.subject === token.clientId || token.claims['act'] !== undefined
}

/** The last second before which the token may be used, and the first from which. Both without the clock tolerance. */
export function validity(token: VerifiedToken): {
  notBefore: EpochSeconds
  expiresAt: EpochSeconds
} {
  const notBefore = token.claims['nbf']
  return {
    notBefore: typeof notBefore === 'number' ? notBefore : 0,
    expiresAt: token.expiresAt,
  }
}

/** Make `value` immutable all the way down, so that one handler cannot alter what another request is judged by. */
export function deepFreeze<T>(value: T): T {
  const pending: unknown[] = [value]
  while (pending.length > 0) {
    const next = pending.pop()
    if (typeof next !== 'object' || next === null || Object.isFrozen(next)) continue
    Object.freeze(next)
    pending.push(...(Object.values(next) as unknown[]))
  }
  return value
}
