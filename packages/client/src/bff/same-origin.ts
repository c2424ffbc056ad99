import type { Exchange } from './exchange.ts'
import type { BffSettings } from './options.ts'

/** Methods that change nothing. RFC 9110 §9.2.1. */
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

export function isSafe(method: string): boolean {
  return safeMethods.has(method)
}

/** A header that another site's page cannot send without asking first, and is never allowed to. */
export const csrfHeader = 'x-newel-csrf'

/**
 * Whether a request comes from a page of this very origin. `Origin` says so, or `Sec-Fetch-Site` where the browser sends
 * none; a client that sends neither names the header `x-newel-csrf`, with any value. A sibling domain, `null` and
 * silence are refused.
 */
export function isSameOrigin({ origin }: BffSettings, { request }: Exchange): boolean {
  const { headers } = request
  const sender = headers.get('origin')
  if (sender !== null) return sender === origin
  const site = headers.get('sec-fetch-site')
  if (site !== null) return site === 'same-origin'
  return headers.has(csrfHeader)
}

/** Whether a page of another origin reads through the browser. Navigations and clients that do not say are no pages. */
export function isForeignRead({ request }: Exchange): boolean {
  const { headers } = request
  const site = headers.get('sec-fetch-site')
  return (
    (site === 'cross-site' || site === 'same-site') && headers.get('sec-fetch-mode') !== 'navigate'
  )
}

/** A page is being loaded, in contrast to a call of its scripts, a picture or a frame. */
export function isNavigation({ request }: Exchange): boolean {
  const { headers } = request
  const mode = headers.get('sec-fetch-mode')
  if (mode !== null) return mode === 'navigate' && headers.get('sec-fetch-dest') !== 'iframe'
  return (
    !headers.has(csrfHeader) &&
    !headers.has('x-requested-with') &&
    (headers.get('accept') ?? '').includes('text/html')
  )
}

/** Turns away what another site sends in this person's name. `undefined`: it may go on. */
export function refuseForeign(settings: BffSettings, exchange: Exchange): Response | undefined {
  const { method } = exchange.request
  const foreign = isSafe(method) ? isForeignRead(exchange) : !isSameOrigin(settings, exchange)
  if (!foreign) return undefined
  settings.emit({ type: 'cross_site_refused', path: exchange.url.pathname, method })
  return Response.json({ error: 'cross_site_request' }, { status: 403, headers: noStore })
}

export const noStore = { 'cache-control': 'no-store' }
