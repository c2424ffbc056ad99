import type { Context, MiddlewareHandler } from 'hono'
import type { Guard, Outcome } from './guard.ts'
import { refusalAnswer } from './refusal-answer.ts'
import { listHeaders } from './response-headers.ts'
import { certificateOf } from './sent-request.ts'
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
        origin: () => c.req.header('origin'),
        // Not `c.req.raw`, which on Node would make a whole request of it.
        identity: c.req,
        sender: () => ({
          method: c.req.method,
          url: c.req.url,
          dpop: c.req.header('dpop'),
          certificate: certificateOf(nodeSocketOf(c)),
          request: { header: (name) => c.req.header(name), native: c },
        }),
      },
      c,
    )
    const outcome = judged instanceof Promise ? await judged : judged
    if (outcome.outcome === 'allowed') {
      c.set('newel', outcome.token)
      await next()
      return undefined
    }
    return refuse(c, outcome)
  }
}

/** On Node its server hands the connection on beside the request (`@hono/node-server`). Elsewhere there is none. */
function nodeSocketOf({ env }: Context): unknown {
  return (env as { incoming?: { socket?: unknown } } | undefined)?.incoming?.socket
}

function refuse(c: Context, refusal: Extract<Outcome, { outcome: 'refused' }>): Response {
  const { headers, text } = refusalAnswer(refusal)
  // What earlier middleware has put on the answer is on an empty one, too. Where that is nothing, an answer with plain headers
  // is the cheapest that a server can send.
  if (isEmpty(c.body(null, refusal.status).headers)) {
    return new Response(text, { status: refusal.status, headers })
  }
  const others: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    // Reading `c.res` would make a response, at twice the cost of the whole refusal; appending does not.
    if (listHeaders.has(name)) c.header(name, value, { append: true })
    else others[name] = value
  }
  return c.body(text, refusal.status, others)
}

function isEmpty(headers: Headers): boolean {
  return headers.keys().next().done === true
}
