import type { KoaContextWithOIDC } from 'oidc-provider'
import { retryAfterSeconds } from '../operations/retry-after.ts'
import { StoreError } from '../store/index.ts'

/**
 * The protocol library calls everything that it does not know a failure of the server. A database that is away may be back
 * in a moment: that is 503, with the code that RFC 6749 §4.1.2.1 has for it. Tells whether it was that.
 */
export function sayUnavailable(ctx: KoaContextWithOIDC, error: unknown): boolean {
  if (!(error instanceof StoreError)) return false
  ctx.status = 503
  ctx.set('Retry-After', String(retryAfterSeconds))
  ctx.set('Cache-Control', 'no-store')
  if (isErrorBody(ctx.body)) {
    ctx.body = {
      error: 'temporarily_unavailable',
      error_description: 'the provider cannot reach its database, try again',
    }
  }
  return true
}

/** Of an endpoint that answers with JSON; where it is a page, the page says it. */
function isErrorBody(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'error' in body
}
