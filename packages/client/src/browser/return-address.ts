import { type ClientSettings, invalidOption } from './options.ts'

/**
 * Where to come back to: a page of this origin and no other (RFC 9700 §4.11). Default: the page at hand, without an
 * answer of the provider in its address.
 *
 * @throws ClientError `configuration` on another origin
 */
export function returnAddress(
  { host, redirectUri }: ClientSettings,
  returnTo: string = host.href,
): string {
  const url = URL.parse(returnTo, host.href)
  if (url?.origin !== redirectUri.origin) {
    throw invalidOption('returnTo', returnTo, 'of this origin')
  }
  // A link may bring up `//evil.example` of this origin, which by itself is an address of another host.
  const path = url.pathname.replace(/^\/+/, '/')
  // Coming back to the callback page would look like an answer.
  return path === redirectUri.pathname ? '/' : path + url.search + url.hash
}
