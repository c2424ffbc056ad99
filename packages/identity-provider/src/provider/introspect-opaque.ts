import type { EpochSeconds } from '@newel/policy'
import { oneShotClaim } from '@newel/protocol'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { TokenAuthentication } from './token-authentication.ts'

/**
 * The library answers for opaque tokens with the claims of their issue. Here they are judged anew at every question: a level
 * whose proof no longer stands falls to what is held, and a disabled account's token is not active. RFC 9470 §6.2.
 */
export function introspectOpaque(options: {
  readonly path: string
  readonly tokens: Pick<TokenAuthentication, 'now'>
  /** Whether the account is there, and what it was given at that time was not ended since. */
  readonly accountStands: (
    accountId: string,
    issuedAt: EpochSeconds,
    grant: object | undefined,
  ) => Promise<boolean>
}): (ctx: KoaContextWithOIDC, next: () => Promise<unknown>) => Promise<void> {
  return async (ctx, next) => {
    await next()
    const body: unknown = ctx.body
    if (ctx.path !== options.path || ctx.status !== 200 || !isActive(body)) return
    const token = ctx.oidc.entities.AccessToken
    if (token === undefined) return
    if (!(await options.accountStands(token.accountId, token.iat, ctx.oidc.entities.Grant))) {
      ctx.body = { active: false }
      return
    }
    const { acr: _acr, amr: _amr, auth_time: _at, [oneShotClaim]: _once, ...rest } = body
    ctx.body = { ...rest, ...(await options.tokens.now(token)) }
  }
}

function isActive(body: unknown): body is Record<string, unknown> {
  return typeof body === 'object' && body !== null && 'active' in body && body.active === true
}
