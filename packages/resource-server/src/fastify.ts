import type { FastifyReply, FastifyRequest, preHandlerHookHandler } from 'fastify'
import { ResourceServerError } from './errors.ts'
import type { Guard, Outcome } from './guard.ts'
import { listHeaders, mergeList } from './response-headers.ts'
import { nodeRequest } from './sent-request.ts'
import type { VerifiedToken } from './verified-token.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The verified token, behind a guard. */
    newel?: VerifiedToken
  }
}

/** A `preHandler` hook for a route, or for all: `app.addHook('preHandler', protect(guard))`. */
export function protect(guard: Guard<FastifyRequest>): preHandlerHookHandler {
  return (request, reply, done) => {
    const proceed = (outcome: Outcome): void => {
      if (outcome.outcome === 'refused') {
        refuse(reply, outcome)
        return
      }
      request.newel = outcome.token
      done()
    }
    // A hook with a callback must not throw: Fastify would not hear of it.
    const fail = (error: unknown): void => {
      done(error as Error)
    }
    const sent = nodeRequest(request.raw, () => ({
      method: request.method,
      url: `${request.protocol}://${request.host}${request.originalUrl}`,
    }))
    try {
      const outcome = guard.judge(sent, request)
      if (outcome instanceof Promise) void outcome.then(proceed).catch(fail)
      else proceed(outcome)
    } catch (error) {
      fail(error)
    }
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
