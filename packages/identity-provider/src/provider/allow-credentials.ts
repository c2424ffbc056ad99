import type { KoaContextWithOIDC } from 'oidc-provider'

/**
 * Some libraries for the browser send credentials with every request, and the Fetch standard then wants to be told that this
 * is allowed. It is for the origins of the document's own clients, which the library has let read the answer already; no
 * endpoint that answers across origins looks at cookies.
 */
export function allowCredentials(
  origins: ReadonlySet<string>,
): (ctx: KoaContextWithOIDC, next: () => Promise<unknown>) => Promise<void> {
  return async (ctx, next) => {
    await next()
    const origin = ctx.get('Origin')
    const allowed = ctx.response.get('Access-Control-Allow-Origin')
    if (origin === '' || allowed !== origin || !origins.has(origin)) return
    ctx.set('Access-Control-Allow-Credentials', 'true')
  }
}
