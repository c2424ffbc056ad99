import type { KoaContextWithOIDC } from 'oidc-provider'
import type { ProviderLogger } from '../identity-provider-options.ts'
import { type PageFrame, errorPage } from '../interaction/pages/index.ts'
import { describeFailure } from '../operations/describe-failure.ts'
import { referenceOf } from '../operations/request-facts.ts'
import { StoreError } from '../store/index.ts'
import { sayUnavailable } from './say-unavailable.ts'
import { spoken } from './spoken.ts'

/**
 * The protocol library saves the browser's session after its answer is made and outside of what handles its errors. Where that
 * fails nothing may go out that rests on it: no cookie of a session that nobody kept, no redirect with its code.
 */
export function answerUnavailable(
  frame: PageFrame,
  logger: ProviderLogger | undefined,
): (ctx: KoaContextWithOIDC, next: () => Promise<unknown>) => Promise<void> {
  return async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      const requestId = referenceOf(ctx.req)
      logger?.error({ requestId, ...describeFailure(error) }, 'the provider failed')
      ctx.remove('Location')
      ctx.remove('Set-Cookie')
      ctx.body = { error: 'server_error' }
      sayUnavailable(ctx, error)
      // Where there is a session a person looks at the answer; the other endpoints speak JSON.
      if (sessionOf(ctx) === undefined) return
      ctx.type = 'html'
      ctx.body = errorPage({
        ...spoken(ctx, frame),
        error: 'temporarily_unavailable',
        reference: requestId,
      })
    }
  }
}

/** Nothing of the library's context is there before one of its routes began. */
function sessionOf({ oidc }: { readonly oidc?: Partial<KoaContextWithOIDC['oidc']> }): unknown {
  return oidc?.session
}
