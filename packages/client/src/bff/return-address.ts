import { ClientError } from '../errors.ts'
import type { Exchange } from './exchange.ts'
import type { BffSettings } from './options.ts'

/** Parameters that this package adds to the address returned to. */
export const errorParameter = 'bff_error'
export const callParameter = 'bff_call'
export const formParameter = 'bff_form'

const ownParameters = [errorParameter, callParameter, formParameter]

/**
 * Where to come back to: this origin or one of the list (RFC 9700 §4.11), and no route of ours. `undefined`: the address
 * is neither. Of this origin only the path is kept.
 */
export function returnAddress(
  { origin, basePath, returnOrigins }: BffSettings,
  address: string,
): string | undefined {
  const url = URL.parse(address, origin)
  if (!url || url.username !== '' || url.password !== '') return undefined
  for (const name of ownParameters) {
    // Whatever deletes writes the whole query anew.
    if (url.searchParams.has(name)) url.searchParams.delete(name)
  }
  if (url.origin !== origin) return returnOrigins.has(url.origin) ? url.href : undefined
  // `//evil.example` is an address of another host, not a path.
  const path = url.pathname.replace(/^\/+/, '/')
  if (path === basePath || path.startsWith(`${basePath}/`)) return '/'
  return path + url.search + url.hash
}

/** The page at hand, to be loaded again. */
export function pageAddress({ url }: Exchange): string {
  return url.pathname + url.search
}

/** The address that a request names for coming back; else the page that it came from; else the start page. */
export function askedReturnAddress(settings: BffSettings, exchange: Exchange): string {
  const asked = exchange.url.searchParams.get('return_to')
  const from = asked ?? exchange.request.headers.get('referer')
  return (from === null ? undefined : returnAddress(settings, from)) ?? '/'
}

/** @throws ClientError `configuration` where the app itself names an address that is not allowed */
export function ownReturnAddress(settings: BffSettings, address: string): string {
  const returnTo = returnAddress(settings, address)
  if (returnTo !== undefined) return returnTo
  throw new ClientError(
    'configuration',
    `\`returnTo\` must be of this origin or of \`returnOrigins\`, not \`${address}\``,
  )
}

/** The address with a parameter that tells how it ended. */
export function withParameter(
  { origin }: BffSettings,
  address: string,
  name: string,
  value: string,
): string {
  const url = new URL(address, origin)
  url.searchParams.set(name, value)
  return url.origin === origin ? url.pathname + url.search + url.hash : url.href
}
