import { parseMaxAge } from '@newel/protocol'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { type KoaContextWithOIDC, errors } from 'oidc-provider'

/**
 * `oidc-provider` turns `max_age=0` into `prompt=login`, which would discard every proof instead of asking for one. This
 * parameter of our own carries the zero through the interactions. A request cannot set it: it is derived anew each time.
 */
export const maxAgeZeroParameter = 'newel_max_age'

/** The age that the request asks for, in its wire form. */
export function requestedMaxAge(ctx: KoaContextWithOIDC): string | undefined {
  const params = ctx.oidc.params ?? {}
  const age = params[maxAgeZeroParameter] ?? params.max_age
  return textOf(age)
}

/** Runs straight after the library's own check of `max_age`, which has rewritten the parameters by then. */
export function preserveMaxAgeZero(ctx: KoaContextWithOIDC): void {
  const { params } = ctx.oidc
  if (params === undefined) return
  const sent = sentParameters(ctx)
  if (sent.derived) {
    // Derived when the request was pushed; parameters beside the reference do not count (RFC 9126 §4).
    if (params[maxAgeZeroParameter] === '0') withdrawLogin(params, textOf(params.prompt))
    return
  }
  delete params[maxAgeZeroParameter]
  const { max_age: maxAge, prompt } = sent.parameters
  if (maxAge === undefined) return
  const parsed = parseMaxAge(maxAge)
  if (!parsed.ok) throw new errors.InvalidRequest(parsed.message)
  if (parsed.maxAgeSeconds !== 0) return
  params[maxAgeZeroParameter] = '0'
  withdrawLogin(params, textOf(prompt))
}

/**
 * The request as the client made it: what it signed (RFC 9101 §6.3), else what it pushed, else what the browser brought.
 * `derived`: it was pushed in the open and is kept as it was judged then.
 */
function sentParameters(
  ctx: KoaContextWithOIDC,
):
  | { readonly derived: true }
  | { readonly derived: false; readonly parameters: Readonly<Record<string, unknown>> } {
  const pushed = ctx.oidc.entities.PushedAuthorizationRequest
  if (pushed !== undefined && ctx.oidc.route === 'authorization') {
    const object = pushed.request
    if (decodeProtectedHeader(object).alg === 'none') return { derived: true }
    return { derived: false, parameters: decodeJwt(object) }
  }
  const body: unknown = ctx.oidc.body
  const parameters: Readonly<Record<string, unknown>> =
    ctx.method === 'POST' && typeof body === 'object' && body !== null
      ? Object.fromEntries(Object.entries(body))
      : ctx.query
  const { request } = parameters
  // Verified by now: the library refuses what is not signed by the client.
  return {
    derived: false,
    parameters: typeof request === 'string' && request !== '' ? decodeJwt(request) : parameters,
  }
}

/** Puts back the `prompt` that the request came with. */
function withdrawLogin(params: Record<string, unknown>, sentPrompt: string | undefined): void {
  if (sentPrompt === undefined || sentPrompt === '') delete params.prompt
  else params.prompt = sentPrompt
}

/** The library refuses repeated parameters, so whatever is no text was not sent. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
