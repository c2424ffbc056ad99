import { serve } from '@hono/node-server'
import { createResourceServer, type ResourceServer } from '@newel/resource-server'
import { protect } from '@newel/resource-server/hono'
import { Hono } from 'hono'
import { closeServer } from './static-pages.ts'

export interface GuardedApp {
  readonly origin: string
  /** Calls that the API saw, as `PUT /api/details 401`. */
  readonly calls: string[]
  close(): Promise<void>
}

/** What is served beside the API. */
export interface PageFiles {
  readonly html: string
  /** Scripts by path. */
  readonly scripts: Readonly<Record<string, string>>
  /** The provider of the API, a name of its resource, and what the page's origin may not serve for the API. */
  readonly issuer: string
  readonly audience: string
}

/**
 * A single-page app with an API of the same origin: `/api/accounts` for everybody with a token, `/api/details` at `mfa`,
 * `/api/now` with a proof made for the call, `/api/never` that no proof is good enough for.
 */
export async function serveGuardedApp(port: number, files: PageFiles): Promise<GuardedApp> {
  const guards: ResourceServer = await createResourceServer({
    issuer: files.issuer,
    audience: files.audience,
    allowInsecureIssuer: true,
    // Of tokens that are bound to a key; the others are asked for nothing.
    dpop: { nonceSecret: crypto.getRandomValues(new Uint8Array(32)) },
  })
  const calls: string[] = []
  const app = new Hono()
  app.use('/api/*', async (c, next) => {
    await next()
    calls.push(`${c.req.method} ${c.req.path} ${c.res.status}`)
  })
  app.all('/api/accounts', protect(guards.require()), (c) => c.json({ ok: true }))
  app.all('/api/details', protect(guards.require({ acr: 'mfa', maxAge: 600 })), async (c) =>
    c.json({ body: await c.req.text() }),
  )
  app.all('/api/now', protect(guards.require({ acr: 'mfa', maxAge: 0 })), (c) => c.json({}))
  app.all('/api/never', (c) => {
    c.header(
      'WWW-Authenticate',
      'Bearer error="insufficient_user_authentication", acr_values="mfa"',
    )
    return c.json({}, 401)
  })
  app.get('*', (c) => {
    const script = files.scripts[c.req.path]
    if (script !== undefined) return c.body(script, 200, { 'Content-Type': 'text/javascript' })
    return c.html(files.html)
  })
  const server = serve({ fetch: app.fetch, port, hostname: 'localhost' })
  return {
    origin: `http://localhost:${port}`,
    calls,
    close: async () => closeServer(server as Parameters<typeof closeServer>[0]),
  }
}
