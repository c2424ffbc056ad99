import type { EpochSeconds } from '@newel/policy'
import type { PolicyDocument } from '@newel/policy-document'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { addressFactor, addressKey } from '../interaction/attempts.ts'
import { registrationRoute } from './client-registration.ts'
import type { AttemptLimit, AttemptStore } from '../store/index.ts'

/** Addresses that a node knows to be refused, at most: who comes from more is counted in the store all the same. */
const mostRemembered = 10_000

/**
 * Refuses an address that gave too many wrong client credentials, by 429 and `Retry-After` (RFC 6585 §4). Wrong ones are
 * counted in the store, for all nodes; that an address is refused a node learns by its next wrong one there, so that what is
 * right costs no look at the store.
 */
export function throttleClients({
  store,
  lockout,
  clock,
}: {
  readonly store: AttemptStore
  readonly lockout: PolicyDocument['lockout']
  readonly clock: () => EpochSeconds
}): (ctx: KoaContextWithOIDC, next: () => Promise<void>) => Promise<void> {
  const limit: AttemptLimit = {
    attempts: lockout.attempts * addressFactor,
    windowSeconds: lockout.windowSeconds,
    lockSeconds: lockout.durationSeconds,
  }
  const refused = new Map<string, EpochSeconds>()
  return async (ctx, next) => {
    // An authorization request names a client and proves nothing.
    if (ctx.method !== 'POST') return next()
    const key = `client-${addressKey(ctx.ip)}`
    const now = clock()
    const until = refused.get(key)
    if (until !== undefined && until > now) return refuse(ctx, until - now)
    refused.delete(key)
    await next()
    if (!isWrongCredential(ctx)) return
    const { lockedUntil, counted } = await store.fail(key, now, limit)
    if (lockedUntil === undefined) return
    const [oldest] = refused.keys()
    if (refused.size >= mostRemembered && oldest !== undefined) refused.delete(oldest)
    refused.set(key, lockedUntil)
    if (!counted) refuse(ctx, lockedUntil - now)
  }
}

function refuse(ctx: KoaContextWithOIDC, seconds: number): void {
  ctx.status = 429
  ctx.set('Retry-After', String(seconds))
  ctx.set('Cache-Control', 'no-store')
  ctx.body = {
    error: 'temporarily_unavailable',
    error_description: 'too many wrong client credentials from this address',
  }
}

/** Of a client, or the initial access token of whoever registers one. Tokens of other endpoints expire by themselves. */
function isWrongCredential({ status, path, body }: KoaContextWithOIDC): boolean {
  if (status !== 401) return false
  const error = path === registrationRoute ? 'invalid_token' : 'invalid_client'
  return typeof body === 'object' && body !== null && 'error' in body && body.error === error
}
