import { ClientError } from '../errors.ts'
import type { BffParts } from './bff-parts.ts'
import { callApi } from './call-api.ts'
import type { Exchange } from './exchange.ts'
import { readBody } from './read-body.ts'
import { refuse } from './refusal.ts'
import { callParameter, errorParameter } from './return-address.ts'
import { refuseForeign } from './same-origin.ts'

export interface ProxyOptions {
  /** Headers of the page's request that reach the API besides the usual ones. Never cookies and tokens. */
  readonly forwardHeaders?: readonly string[]
}

/** What an API may be told by a page. What a page could lie about towards an API that trusts this backend is not here. */
const usualHeaders = [
  'accept',
  'accept-language',
  'content-language',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-unmodified-since',
  'range',
]

const neverForwarded = new Set(['authorization', 'cookie', 'dpop', 'host'])

/** What lies below a path goes to an API. `undefined`: the request is for another path. */
export type ProxyRoute = (exchange: Exchange) => Promise<Response | undefined>

/**
 * @param pattern `/api/*`: everything below.
 * @param target The address that stands for the part before the star.
 * @throws ClientError `configuration`
 */
export function proxyRoute(
  parts: BffParts,
  pattern: string,
  target: string,
  { forwardHeaders = [] }: ProxyOptions = {},
): ProxyRoute {
  const { settings } = parts
  if (!/^\/([^*?#]+\/)?\*$/.test(pattern)) {
    throw new ClientError('configuration', `\`${pattern}\` is not a path such as \`/api/*\``)
  }
  const base = URL.parse(target)
  if (!base || !settings.apiOrigins.has(base.origin) || base.search !== '') {
    throw new ClientError(
      'configuration',
      `\`${target}\` is not an address below one of \`apiOrigins\``,
    )
  }
  const prefix = pattern.slice(0, -1)
  const above = base.pathname.endsWith('/') ? base.pathname : `${base.pathname}/`
  const forwarded = [...usualHeaders, ...forwardHeaders.map((name) => name.toLowerCase())].filter(
    (name) => !neverForwarded.has(name),
  )
  return async (exchange) => {
    const { request, url } = exchange
    if (!url.pathname.startsWith(prefix)) return undefined
    // Before anything is read: what another site sends is not worth its bytes.
    const refused = refuseForeign(settings, exchange)
    if (refused) return refused
    const rest = url.pathname.slice(prefix.length)
    const address = new URL(base.origin + above + rest + url.search)
    // They tell the page how its step-up ended, and the API nothing.
    for (const name of [errorParameter, callParameter]) {
      if (address.searchParams.has(name)) address.searchParams.delete(name)
    }
    // An encoded `..` that this URL parser lets pass must not leave the target for another parser either.
    if (!address.pathname.startsWith(above) || hidesDots(rest)) {
      return refuse(settings, exchange, 'response_invalid', 400)
    }
    const body = request.body === null ? null : await readBody(request, settings.proxiedBodyBytes)
    if (body === undefined) return refuse(settings, exchange, 'body_too_large', 413)
    const headers = new Headers()
    for (const name of forwarded) {
      const value = request.headers.get(name)
      if (value !== null) headers.set(name, value)
    }
    return callApi(parts, exchange, address, {
      method: request.method,
      headers,
      ...(body === null || body.byteLength === 0 ? {} : { body }),
      signal: request.signal,
    })
  }
}

/** A slash or dot that only a second decoding shows. */
function hidesDots(path: string): boolean {
  return /(^|\/|%2f|%5c)(\.|%2e|%252e){1,2}($|\/|%2f|%5c)/i.test(path)
}
