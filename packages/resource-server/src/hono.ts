import type { Context, MiddlewareHandler } from 'hono'
import type { Guard } from './guard.ts'
import { listHeaders } from './response-headers.ts'
import type { VerifiedToken } from './verified-token.ts'

/** What a guarded Hono handler finds: `c.get('newel')`. */
export interface NewelEnv {
  Variables: { newel: VerifiedToken }
}

/** Middleware for Hono. Behind it `c.get('newel')` is typed. */
export function protect(guard: Guard<Context>): MiddlewareHandler<NewelEnv> {
  return async (c, next) => {
    const judged = guard.judge(
      {
        // Hono joins repeated headers with a comma, which no token holds.
        authorization: c.req.header('authorization'),
        origin: c.req.header('origin'),
        // Not `c.req.raw`, which on Node would make a whole request of it.
        identity: c.req,
        sender: () => ({ method: c.req.method, url: c.req.url, dpop: c.req.header('dpop') }),
      },
      c,
    )
    const outcome = judged instanceof Promise ? await judged : judged
    if (outcome.outcome === 'allowed') {
      c.set('newel', outcome.token)
      await next()
      return undefined
    }
    const headers: Record<string, string> = { 'Content-Type': 'application/json' }
    for (const [name, value] of Object.entries(outcome.headers)) {
      // Reading `c.res` would make a response, at twice the cost of the whole refusal; appending does not.
      if (listHeaders.has(name)) c.header(name, value, { append: true })
      else headers[name] = value
    }
    return c.body(JSON.stringify(outcome.body), outcome.status, headers)
  }
}
