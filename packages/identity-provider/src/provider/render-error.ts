import type { KoaContextWithOIDC } from 'oidc-provider'
import { type PageFrame, errorPage } from '../interaction/pages/index.ts'
import { referenceOf } from '../operations/request-facts.ts'
import { sayUnavailable } from './say-unavailable.ts'
import { spoken } from './spoken.ts'

/** The page of an error that is not told to a redirect URI. */
export function renderError(
  frame: PageFrame,
  ctx: KoaContextWithOIDC,
  code: string,
  error: unknown,
): void {
  const unavailable = sayUnavailable(ctx, error)
  ctx.type = 'html'
  ctx.body = errorPage({
    ...spoken(ctx, frame),
    error: unavailable ? 'temporarily_unavailable' : pageErrorOf(code),
    reference: referenceOf(ctx.req),
  })
}

type PageError = Parameters<typeof errorPage>[0]['error']

function pageErrorOf(code: string): PageError {
  if (code === 'invalid_client') return 'unknown_client'
  if (code === 'invalid_redirect_uri') return 'invalid_redirect_uri'
  return code === 'server_error' ? 'server_error' : 'invalid_request'
}
