import type { MiddlewareHandler } from 'hono'
import type { Bff } from './bff.ts'
import type { BffGuard } from './guard.ts'

/** The routes and proxies of a backend, for Hono: `app.use(bffRoutes(bff))`. `bff.fetch` takes `c.req.raw`. */
export function bffRoutes(bff: Bff): MiddlewareHandler {
  return async (c, next) => (await bff.handle(c.req.raw)) ?? next()
}

/** Guard a route: `app.post('/details', protect(bff.require({ acr: 'mfa' })), …)`, before what reads its body. */
export function protect(guard: BffGuard): MiddlewareHandler {
  return async (c, next) => {
    const judgement = await guard.judge(c.req.raw)
    if (judgement.outcome === 'answered') return judgement.answer
    c.req.raw = judgement.request
    await next()
    for (const cookie of judgement.cookies) c.header('set-cookie', cookie, { append: true })
    return undefined
  }
}
