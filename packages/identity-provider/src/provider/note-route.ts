import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import { factsOf, noteClient, otherRoute } from '../operations/request-facts.ts'

/** Notes which of the protocol's addresses answered, and for which client. */
export function noteRoute(): Parameters<Provider['use']>[0] {
  return async (ctx, next) => {
    try {
      await next()
    } finally {
      const facts = factsOf(ctx.req)
      // The library's router says so: a path with an id in it by its pattern.
      const { _matchedRoute: route } = ctx as { _matchedRoute?: unknown }
      if (facts !== undefined) facts.route = typeof route === 'string' ? route : otherRoute
      if (typeof route === 'string') {
        noteClient(ctx.req, (ctx as KoaContextWithOIDC).oidc.client?.clientId)
      }
    }
  }
}
