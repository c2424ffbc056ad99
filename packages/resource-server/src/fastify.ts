import type { FastifyReply, FastifyRequest, preHandlerAsyncHookHandler } from 'fastify'
import { authorizationValues } from './authorization-values.ts'
import { ResourceServerError } from './errors.ts'
import type { Guard, Outcome } from './guard.ts'
import { listHeaders, mergeList } from './response-headers.ts'
import type { VerifiedToken } from './verified-token.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The verified token, behind a guard. */
    newel?: VerifiedToken
  }
}

/** A `preHandler` hook for a route, or for all: `app.addHook('preHandler', protect(guard))`. */
export function protect(guard: Guard<FastifyRequest>): preHandlerAsyncHookHandler {
  return async (request, reply) => {
    const judged = guard.judge(
      { authorization: authorizationValues(request.raw), origin: request.headers.origin },
      request,
    )
    const outcome = judged instanceof Promise ? await judged : judged
    if (outcome.outcome === 'refused') return refuse(reply, outcome)
    request.newel = outcome.token
    return undefined
  }
}

/**
 * The verified token of a request that a guard let through.
 *
 * @throws ResourceServerError `unprotected_route`.
 */
export function verifiedToken(request: FastifyRequest): VerifiedToken {
  if (request.newel) return request.newel
  throw new ResourceServerError('unprotected_route', 'no guard has let this request through')
}

function refuse(
  reply: FastifyReply,
  refusal: Extract<Outcome, { outcome: 'refused' }>,
): FastifyReply {
  for (const [name, value] of Object.entries(refusal.headers)) {
    const existing = listHeaders.has(name) ? reply.getHeader(name) : undefined
    reply.header(name, existing === undefined ? value : mergeList(String(existing), value))
  }
  return reply.code(refusal.status).send(refusal.body)
}
