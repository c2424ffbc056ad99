import type { IncomingMessage, ServerResponse } from 'node:http'
import { type CanActivate, type ExecutionContext, HttpException } from '@nestjs/common'
import { ResourceServerError } from './errors.ts'
import type { Guard, Outcome } from './guard.ts'
import { setHeaders } from './response-headers.ts'
import { nodeRequest } from './sent-request.ts'
import type { VerifiedToken } from './verified-token.ts'

/** The request of NestJS's platforms: Express's is Node's own, Fastify's wraps it. */
type PlatformRequest = (IncomingMessage | { readonly raw: IncomingMessage }) & {
  readonly method: string
  readonly protocol: string
  readonly host: string
  readonly originalUrl: string
}

type PlatformResponse = ServerResponse | { readonly raw: ServerResponse }

/** Where a guarded request keeps its token. */
const tokenOf = new WeakMap<object, VerifiedToken>()

/** A guard for `@UseGuards(protect(…))`, of a method, a controller or the application, on Express and on Fastify. */
export function protect(guard: Guard<ExecutionContext>): CanActivate {
  return {
    async canActivate(context) {
      const request = context.switchToHttp().getRequest<PlatformRequest>()
      const node = 'raw' in request ? request.raw : request
      const sent = nodeRequest(node, () => ({
        method: request.method,
        url: `${request.protocol}://${request.host}${request.originalUrl}`,
      }))
      const outcome = await guard.judge(sent, context)
      if (outcome.outcome === 'refused') {
        throw refusal(context.switchToHttp().getResponse<PlatformResponse>(), outcome)
      }
      tokenOf.set(request, outcome.token)
      return true
    },
  }
}

/**
 * The verified token of a request that a guard let through.
 *
 * @throws ResourceServerError `unprotected_route`.
 */
export function verifiedToken(request: object): VerifiedToken {
  const token = tokenOf.get(request)
  if (token) return token
  throw new ResourceServerError('unprotected_route', 'no guard has let this request through')
}

/** Exception filters see the status and the body; the headers are on the answer already, whichever filter writes it. */
function refusal(
  response: PlatformResponse,
  { headers, status, body }: Extract<Outcome, { outcome: 'refused' }>,
): HttpException {
  const node = 'raw' in response ? response.raw : response
  setHeaders(node, headers)
  return new HttpException(body, status)
}
