import type { MiddlewareHandler } from 'hono'
import type { Bff } from './bff.ts'

/** The routes and proxies of a backend, for Hono: `app.use(bffRoutes(bff))`. `bff.fetch` takes `c.req.raw`. */
export function bffRoutes(bff: Bff): MiddlewareHandler {
  return async (c, next) => (await bff.handle(c.req.raw)) ?? next()
}
