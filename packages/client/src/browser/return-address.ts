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
  // Coming back to the callback page would look like an answer.
  return url.pathname === redirectUri.pathname ? '/' : url.pathname + url.search + url.hash
}
