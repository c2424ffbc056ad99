import type { Context, Middleware } from 'koa'
import { ResourceServerError } from './errors.ts'
import type { Guard } from './guard.ts'
import { listHeaders, mergeList } from './response-headers.ts'
import { nodeRequest } from './sent-request.ts'
import type { VerifiedToken } from './verified-token.ts'

/** Middleware for Koa 3. Behind it `verifiedToken(ctx)` is the token. */
export function protect(guard: Guard<Context>): Middleware {
  return async (ctx, next) => {
    const sent = nodeRequest(ctx.req, () => ({
      method: ctx.method,
      url: `${ctx.protocol}://${ctx.host}${ctx.originalUrl}`,
    }))
    const outcome = await guard.judge(sent, ctx)
    if (outcome.outcome === 'allowed') {
      ctx.state['newel'] = outcome.token
      await next()
      return
    }
    for (const [name, value] of Object.entries(outcome.headers)) {
      const existing = listHeaders.has(name) ? ctx.response.get(name) : ''
      ctx.set(name, mergeList(existing, value))
    }
    ctx.status = outcome.status
    ctx.body = outcome.body
  }
}

/**
 * The verified token of a request that a guard let through.
 *
 * @throws ResourceServerError `unprotected_route`.
 */
export function verifiedToken({ state }: Pick<Context, 'state'>): VerifiedToken {
  const token = state['newel'] as VerifiedToken | undefined
  if (token) return token
  throw new ResourceServerError('unprotected_route', 'no guard has let this request through')
}
