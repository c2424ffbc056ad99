import type { ClientErrorCode, StepUpErrorCode } from '../errors.ts'
import type { Exchange } from './exchange.ts'
import type { BffSettings } from './options.ts'
import { redirect } from './redirect.ts'
import { askedReturnAddress, errorParameter, withParameter } from './return-address.ts'
import { isNavigation, isSafe, noStore } from './same-origin.ts'

/** What a page is told, as `error` of a JSON answer or as `bff_error` in its address. */
export type BffErrorCode =
  | ClientErrorCode
  | StepUpErrorCode
  /** The session does not reach what the API asks: go to `location`, then send the call again. */
  | 'step_up_required'
  /** The API could not be reached. Whether it has done what it was asked is not known. */
  | 'api_unavailable'
  /** The request comes from a page of another origin. */
  | 'cross_site_request'
  /** The body is larger than the proxy takes. */
  | 'body_too_large'
  /** The answer of a resumed call is not of this session, or too old. */
  | 'answer_unknown'

/** How a trip to the provider can end without what it was for. */
const tripEnds: ReadonlySet<string> = new Set<BffErrorCode>([
  'step_up_cancelled',
  'step_up_unmet',
  'step_up_failed',
  'different_user',
  'login_cancelled',
  'login_required',
  'transaction_unknown',
  'provider_unavailable',
  'provider_refused',
  'response_invalid',
  'api_unavailable',
  'body_not_replayable',
  'call_not_kept',
  'store_unusable',
])

/** How the trip ended from which a page comes back. `undefined`: it comes from none, or none that failed. */
export function tripEndOf({ url }: Exchange): BffErrorCode | undefined {
  const code = url.searchParams.get(errorParameter) ?? ''
  return tripEnds.has(code) ? (code as BffErrorCode) : undefined
}

/** The status of an answer that shows how a trip ended: 403, but where coming again later may help. */
export function tripEndStatus(code: BffErrorCode): 403 | 503 {
  return code === 'provider_unavailable' || code === 'store_unusable' ? 503 : 403
}

/** Answer that it does not work: JSON to a script; to a navigation a small page, or the way back to the form. */
export function refuse(
  settings: BffSettings,
  exchange: Exchange,
  error: BffErrorCode,
  status: number,
  facts: Readonly<Record<string, string>> = {},
): Response {
  if (!isNavigation(exchange)) {
    return Response.json({ error, ...facts }, { status, headers: noStore })
  }
  if (!isSafe(exchange.request.method)) {
    const back = askedReturnAddress(settings, exchange)
    return redirect(withParameter(settings, back, errorParameter, error))
  }
  return refusalPage(exchange, error, status)
}

/** Where a page cannot be shown, going there again would ask again: the person decides. */
function refusalPage({ url }: Exchange, error: BffErrorCode, status: number): Response {
  const again = new URL(url)
  again.searchParams.delete(errorParameter)
  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Not shown</title>
<main data-error="${error}">
<h1>This page cannot be shown</h1>
<p>Reason: <code>${error}</code>. Nothing was changed.</p>
<p><a href="${escaped(again.pathname + again.search)}">Try again</a> or go to the <a href="/">start page</a>.</p>
</main>
</html>`
  return new Response(page, {
    status,
    headers: {
      ...noStore,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
      'x-content-type-options': 'nosniff',
    },
  })
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
