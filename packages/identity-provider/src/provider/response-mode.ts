import type { ClientConfig } from '@newel/policy-document'
import { type KoaContextWithOIDC, errors } from 'oidc-provider'

/** How an answer reaches the relying party; the first is the default. */
export const responseModes = ['query', 'form_post'] as const

/** An answer that is posted needs a server to take it. @throws InvalidRequest, which goes back by the default mode. */
export function checkResponseMode(ctx: KoaContextWithOIDC, { type }: ClientConfig): void {
  const params = ctx.oidc.params ?? {}
  const { response_mode: mode } = params
  if (mode === undefined || mode === 'query') return
  if (mode === 'form_post' && type === 'confidential') return
  delete params['response_mode']
  throw new errors.InvalidRequest('the response mode is not for this client')
}
