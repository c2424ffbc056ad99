import { ClientError } from '../errors.ts'
import type { Exchange } from './exchange.ts'

const name = 'session'
/** Browsers keep 4096 bytes of a cookie, its name and attributes included. */
const chunkLength = 3800
/** Servers take some 16 kB of headers in all. */
const mostChunks = 3

const chunkName = (index: number) => (index === 0 ? name : `${name}.${index}`)

/** The session's cookie, put together from its parts. `undefined`: there is none, or a part is missing. */
export function readSessionCookie(exchange: Exchange): string | undefined {
  const first = exchange.cookie(name)
  const [, count, start] = /^([1-9])~(.*)$/.exec(first ?? '') ?? []
  if (start === undefined) return undefined
  let value = start
  for (let index = 1; index < Number(count); index += 1) {
    const chunk = exchange.cookie(chunkName(index))
    if (chunk === undefined) return undefined
    value += chunk
  }
  return value
}

/** @throws ClientError `configuration` where it is too long for cookies */
export function writeSessionCookie(
  exchange: Exchange,
  value: string,
  lifetimeSeconds: number,
): void {
  const count = Math.ceil(value.length / chunkLength)
  if (count > mostChunks) {
    throw new ClientError(
      'configuration',
      `a session of ${value.length} bytes does not fit into cookies; keep sessions in a store`,
    )
  }
  for (let index = 0; index < count; index += 1) {
    const chunk = value.slice(index * chunkLength, (index + 1) * chunkLength)
    exchange.setCookie(chunkName(index), index === 0 ? `${count}~${chunk}` : chunk, lifetimeSeconds)
  }
  removeChunks(exchange, count)
}

/** Whatever was to be written of it is not. */
export function leaveSessionCookie(exchange: Exchange): void {
  exchange.leaveCookies(name)
}

/** How much of it the browser sends, in bytes. */
export function sessionCookieLength(exchange: Exchange): number {
  return exchange.sentLength(name)
}

export function removeSessionCookie(exchange: Exchange): void {
  removeChunks(exchange, 0)
}

function removeChunks(exchange: Exchange, from: number): void {
  for (let index = from; index < mostChunks; index += 1) {
    if (exchange.cookie(chunkName(index)) !== undefined || index === 0) {
      exchange.removeCookie(chunkName(index))
    }
  }
}
