import type { Bff } from './bff.ts'
import type { BffGuard } from './guard.ts'
import type { SessionDescription } from './session-description.ts'

type RouteHandler = (request: Request) => Promise<Response>

/** The methods that a page or the provider may use. */
export interface RouteHandlers {
  readonly GET: RouteHandler
  readonly HEAD: RouteHandler
  readonly POST: RouteHandler
  readonly PUT: RouteHandler
  readonly PATCH: RouteHandler
  readonly DELETE: RouteHandler
}

/**
 * Route handlers for Next.js, for `app/bff/[...path]/route.ts` and for each proxy:
 * `export const { GET, POST } = bffHandlers(bff)`.
 */
export function bffHandlers(bff: Bff): RouteHandlers {
  const handle: RouteHandler = async (request) =>
    (await bff.handle(request)) ?? new Response(null, { status: 404 })
  return { GET: handle, HEAD: handle, POST: handle, PUT: handle, PATCH: handle, DELETE: handle }
}

/**
 * Guard a route handler: `export const POST = protect(bff.require({ acr: 'mfa' }), async (request, session) => …)`. The
 * handler takes its request from here: where a form comes back from a step-up, it is what was sent at first.
 */
export function protect<Context>(
  guard: BffGuard,
  handler: (
    request: Request,
    session: SessionDescription,
    context: Context,
  ) => Response | Promise<Response>,
): (request: Request, context: Context) => Promise<Response> {
  return async (request, context) => {
    const judgement = await guard.judge(request)
    if (judgement.outcome === 'answered') return judgement.answer
    const answer = await handler(judgement.request, judgement.session, context)
    if (judgement.cookies.length === 0) return answer
    const withCookies = new Response(answer.body, answer)
    for (const cookie of judgement.cookies) withCookies.headers.append('set-cookie', cookie)
    return withCookies
  }
}
