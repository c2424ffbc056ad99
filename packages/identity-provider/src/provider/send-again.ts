import type { IncomingMessage } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import type { KoaContextWithOIDC } from 'oidc-provider'

/** Counts in the address how often the browser was sent to it again. */
const parameter = 'newel_again'

const counted = new RegExp(`[?&]${parameter}=(\\d)$`)

/** How long the browser waits before each time, in milliseconds: the answer with the new cookie is on its way. */
const pauses = [0, 50, 100, 200, 400]

interface Resending {
  /** As it was asked for: other steps read another one into the context. */
  readonly address: string
  readonly times: number
  isMarked: boolean
}

const resendings = new WeakMap<IncomingMessage, Resending>()

/**
 * The request will be sent again by {@link sendAgain}, whatever is answered to it. False: it cannot be, or was often enough.
 */
export function sendAgainLater({ req, method }: KoaContextWithOIDC): boolean {
  const resending = resendings.get(req)
  if (resending === undefined || method !== 'GET' || resending.times >= pauses.length) return false
  resending.isMarked = true
  return true
}

export function isSentAgain({ req }: KoaContextWithOIDC): boolean {
  return resendings.get(req)?.isMarked === true
}

/** Sends the browser to the address that it came from, without a cookie: by then it has the one that it lacked. */
export function sendAgain(
  issuer: string,
): (ctx: KoaContextWithOIDC, next: () => Promise<unknown>) => Promise<void> {
  const base = issuer.replace(/\/$/, '')
  return async (ctx, next) => {
    const { url } = ctx
    const resending = {
      address: url.replace(counted, ''),
      times: Number(counted.exec(url)?.[1] ?? 0),
      isMarked: false,
    }
    resendings.set(ctx.req, resending)
    await next()
    if (!resending.isMarked) return
    const { address, times } = resending
    await setTimeout(pauses[times])
    const joint = address.includes('?') ? '&' : '?'
    ctx.remove('set-cookie')
    ctx.set('Cache-Control', 'no-store')
    ctx.redirect(`${base}${address}${joint}${parameter}=${times + 1}`)
    ctx.status = 303
    ctx.body = ''
  }
}
