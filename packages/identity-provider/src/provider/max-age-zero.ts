import { parseMaxAge } from '@newel/protocol'
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
  if (
    ctx.oidc.entities.PushedAuthorizationRequest !== undefined &&
    ctx.oidc.route === 'authorization'
  ) {
    // Derived when the request was pushed; parameters beside the reference do not count (RFC 9126 §4).
    if (params[maxAgeZeroParameter] === '0') withdrawLogin(params, textOf(params.prompt))
    return
  }
  delete params[maxAgeZeroParameter]
  const sent = sentParameters(ctx)
  const { max_age: maxAge } = sent
  if (maxAge === undefined) return
  const parsed = parseMaxAge(maxAge)
  if (!parsed.ok) throw new errors.InvalidRequest(parsed.message)
  if (parsed.maxAgeSeconds !== 0) return
  params[maxAgeZeroParameter] = '0'
  withdrawLogin(params, textOf(sent.prompt))
}

function sentParameters(ctx: KoaContextWithOIDC): Readonly<Record<string, unknown>> {
  const body: unknown = ctx.oidc.body
  return ctx.method === 'POST' && typeof body === 'object' && body !== null
    ? Object.fromEntries(Object.entries(body))
    : ctx.query
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
