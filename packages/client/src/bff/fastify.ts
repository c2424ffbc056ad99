import type { FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import type { Bff } from './bff.ts'
import type { BffGuard } from './guard.ts'
import { giveBody, webRequest } from './node-messages.ts'

/** The routes and proxies of a backend, for Fastify 5: `app.addHook('onRequest', bffRoutes(bff))`. */
export function bffRoutes(bff: Bff): onRequestAsyncHookHandler {
  return async (request, reply) => {
    const answer = await bff.handle(pageRequest(bff, request))
    return answer && sendAnswer(answer, reply)
  }
}

/** The page's request, as `bff.fetch` takes it. */
export function pageRequest(bff: Bff, request: FastifyRequest): Request {
  return webRequest(bff.origin, request.originalUrl, request.raw)
}

/** Send what `bff.fetch` answered; return it from the handler. */
export function sendAnswer(answer: Response, reply: FastifyReply): FastifyReply {
  return reply.send(answer)
}

/** Guard a route: `app.post('/details', { onRequest: protect(bff.require({ acr: 'mfa' })) }, …)`. */
export function protect(guard: BffGuard): onRequestAsyncHookHandler {
  return async (request, reply) => {
    const { raw, originalUrl } = request
    const judgement = await guard.judge(webRequest(guard.origin, originalUrl, raw))
    if (judgement.outcome === 'answered') return sendAnswer(judgement.answer, reply)
    for (const cookie of judgement.cookies) void reply.header('set-cookie', cookie)
    if (judgement.resumed) giveBody(raw, judgement.resumed)
    return undefined
  }
}
