import type { Bff } from './bff.ts'

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
