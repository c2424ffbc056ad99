import type {
  Request as ExpressRequest,
  RequestHandler,
  Response as ExpressResponse,
} from 'express'
import type { Bff } from './bff.ts'
import { webRequest, writeResponse } from './node-messages.ts'

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
