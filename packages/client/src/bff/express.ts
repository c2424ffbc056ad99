import type {
  Request as ExpressRequest,
  RequestHandler,
  Response as ExpressResponse,
} from 'express'
import type { Bff } from './bff.ts'
import type { BffGuard } from './guard.ts'
import { giveBody, webRequest, writeResponse } from './node-messages.ts'

/** The routes and proxies of a backend, for Express 5: `app.use(bffRoutes(bff))`, before what parses bodies. */
export function bffRoutes(bff: Bff): RequestHandler {
  return async (request, response, next) => {
    const answer = await bff.handle(pageRequest(bff, request))
    if (answer) await writeResponse(answer, response)
    else next()
  }
}

/** The page's request, as `bff.fetch` takes it. */
export function pageRequest(bff: Bff, request: ExpressRequest): Request {
  return webRequest(bff.origin, request.originalUrl, request)
}

/** Send what `bff.fetch` answered. */
export async function sendAnswer(answer: Response, response: ExpressResponse): Promise<void> {
  await writeResponse(answer, response)
}

/**
 * Guard a route: `app.post('/details', protect(bff.require({ acr: 'mfa' })), express.urlencoded(), …)`, before what parses
 * its body.
 */
export function protect(guard: BffGuard): RequestHandler {
  return async (request, response, next) => {
    const judgement = await guard.judge(webRequest(guard.origin, request.originalUrl, request))
    if (judgement.outcome === 'answered') {
      await writeResponse(judgement.answer, response)
      return
    }
    for (const cookie of judgement.cookies) response.appendHeader('set-cookie', cookie)
    if (judgement.resumed) giveBody(request, judgement.resumed)
    next()
  }
}
