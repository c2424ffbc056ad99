import type { ClientConfig } from '@newel/policy-document'
import { type KoaContextWithOIDC, errors } from 'oidc-provider'

/** How an answer reaches the relying party; the first is the default. */
const responseModes = ['query', 'form_post'] as const

/** An answer that is posted needs a server to take it. @throws InvalidRequest, which goes back by the default mode. */
export function checkResponseMode(ctx: KoaContextWithOIDC, { type }: ClientConfig): void {
  const params = ctx.oidc.params ?? {}
  const { response_mode: mode } = params
  if (mode === undefined || mode === 'query') return
  if (mode === 'form_post' && type === 'confidential') return
  delete params['response_mode']
  throw new errors.InvalidRequest('the response mode is not for this client')
}

/** The library tells of every mode that it knows, and lets no document say otherwise. */
export function tellResponseModes(): (
  ctx: KoaContextWithOIDC,
  next: () => Promise<unknown>,
) => Promise<void> {
  return async (ctx, next) => {
    await next()
    const body: unknown = ctx.body
    if (!ctx.path.startsWith('/.well-known/') || typeof body !== 'object' || body === null) return
    if (!('response_modes_supported' in body)) return
    ctx.body = { ...body, response_modes_supported: [...responseModes] }
  }
}
