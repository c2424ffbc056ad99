import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Provider } from 'oidc-provider'

/** Forms lead to relying parties, of which these answers know nothing; so no `form-action`. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self' data:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

/**
 * Hands everything that no page of ours answers to the protocol library. Bodies stay unread for it; the host and scheme
 * that it builds addresses from are the issuer's, never the request's.
 */
export function mountProvider(
  app: FastifyInstance,
  provider: () => Provider,
  issuer: string,
): void {
  const { protocol, host, pathname } = new URL(issuer)
  const basePath = pathname.replace(/\/$/, '')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => {
    done(null, undefined)
  })
  const answer = async (request: FastifyRequest, reply: FastifyReply, url: string) => {
    const { raw } = request
    raw.headers['x-forwarded-proto'] = protocol.slice(0, -1)
    raw.headers['x-forwarded-host'] = host
    // By the trusted proxies alone, which the library knows nothing of.
    raw.headers['x-forwarded-for'] = request.ip
    raw.url = url
    // What it puts before every path that it tells; by itself it would leave the issuer's out.
    Object.assign(raw, { baseUrl: basePath })
    reply.hijack()
    reply.raw.setHeader('Referrer-Policy', 'same-origin')
    reply.raw.setHeader('X-Content-Type-Options', 'nosniff')
    reply.raw.setHeader('X-Frame-Options', 'DENY')
    // The library adds the hash of the script by which it submits a form, as for `response_mode=form_post`.
    reply.raw.setHeader('Content-Security-Policy', contentSecurityPolicy)
    await provider().callback()(raw, reply.raw)
  }
  app.route({
    method: ['GET', 'HEAD', 'POST', 'OPTIONS', 'PUT', 'DELETE'],
    url: `${basePath}/*`,
    handler: async (request, reply) =>
      answer(request, reply, (request.raw.url ?? '/').slice(basePath.length) || '/'),
  })
  if (basePath === '') return
  // RFC 8414 §3.1 has the path of the issuer behind the name of the document, where OpenID Connect has it in front.
  app.get(`${metadataPath}${basePath}`, async (request, reply) =>
    answer(request, reply, metadataPath),
  )
}

const metadataPath = '/.well-known/oauth-authorization-server'
