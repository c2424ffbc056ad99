import type { FastifyReply } from 'fastify'

/**
 * For every page. `self`: whether its forms may come back to the provider, too.
 *
 * Chromium applies `form-action` to the redirects that follow a form as well.
 */
export function contentSecurityPolicy(
  redirectUri: string | undefined,
  { self }: { readonly self: boolean },
): string {
  const destination = formDestination(redirectUri)
  const destinations = [...(self ? ["'self'"] : []), ...(destination ? [destination] : [])]
  return [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    `form-action ${destinations.join(' ') || "'none'"}`,
  ].join('; ')
}

/**
 * For every page. No `Cross-Origin-Opener-Policy`: a page in a popup has to keep its opener. `same-origin` and not
 * `no-referrer`, with which a browser sends forms under the origin `null`.
 */
export function setSecurityHeaders(reply: FastifyReply, redirectUri: string | undefined): void {
  reply.headers({
    'content-security-policy': contentSecurityPolicy(redirectUri, { self: true }),
    'cache-control': 'no-store',
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  })
}

/** The origin of a redirect URI, or the scheme of one that is private to an app (RFC 8252 §7.1). */
function formDestination(redirectUri: string | undefined): string | undefined {
  if (redirectUri === undefined || !URL.canParse(redirectUri)) return undefined
  const { protocol, origin } = new URL(redirectUri)
  return protocol === 'http:' || protocol === 'https:' ? origin : protocol
}
