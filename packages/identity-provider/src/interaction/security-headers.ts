import type { FastifyReply } from 'fastify'

/**
 * For every page. No `Cross-Origin-Opener-Policy`: a page in a popup has to keep its opener. `same-origin` and not
 * `no-referrer`, with which a browser sends forms under the origin `null`.
 */
export function setSecurityHeaders(reply: FastifyReply, redirectUri: string | undefined): void {
  const destination = formDestination(redirectUri)
  reply.headers({
    'content-security-policy': [
      "default-src 'none'",
      "style-src 'self'",
      "script-src 'self'",
      "img-src 'self' data:",
      "connect-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      // Chromium applies it to the redirects that follow a form as well, and the last of them leads to the client.
      `form-action 'self'${destination === undefined ? '' : ` ${destination}`}`,
    ].join('; '),
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
