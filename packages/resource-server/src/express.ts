import type { Request, RequestHandler, Response } from 'express'
import { ResourceServerError } from './errors.ts'
import type { Guard, Outcome } from './guard.ts'
import { refusalAnswer } from './refusal-answer.ts'
import { setHeaders } from './response-headers.ts'
import { nodeRequest } from './sent-request.ts'
import type { VerifiedToken } from './verified-token.ts'

declare global {
  namespace Express {
    interface Request {
      /** The verified token, behind a guard. */
      newel?: VerifiedToken
    }
  }
}

/** Middleware for Express 5. What a computed requirement reads of the body, a body parser must have put there before. */
export function protect(guard: Guard<Request>): RequestHandler {
  return (request, response, next) => {
    const proceed = (outcome: Outcome): void => {
      if (outcome.outcome === 'refused') {
        refuse(response, outcome)
        return
      }
      request.newel = outcome.token
      next()
    }
    const outcome = guard.judge(
      nodeRequest(request, () => ({
        method: request.method,
        url: `${request.protocol}://${request.host}${request.originalUrl}`,
      })),
      request,
    )
    // Express 5 takes a rejected promise, like a throw, to the error handlers.
    return outcome instanceof Promise ? outcome.then(proceed) : proceed(outcome)
  }
}

/**
 * The verified token of a request that a guard let through.
 *
 * @throws ResourceServerError `unprotected_route`.
 */
export function verifiedToken(request: Request): VerifiedToken {
  if (request.newel) return request.newel
  throw new ResourceServerError('unprotected_route', 'no guard has let this request through')
}

/** Past `response.json`, which would serialize and hash the same body again for each refusal. */
function refuse(response: Response, refusal: Extract<Outcome, { outcome: 'refused' }>): void {
  const { headers, text } = refusalAnswer(refusal)
  setHeaders(response, headers)
  response.statusCode = refusal.status
  response.end(text)
}
