import type { FastifyInstance } from 'fastify'
import type { ProviderLogger } from './identity-provider-options.ts'
import { type PageError, type PageFrame, errorPage, localeOf } from './interaction/pages/index.ts'
import { retryAfterSeconds } from './operations/retry-after.ts'
import { referenceOf } from './operations/request-facts.ts'
import { StoreError } from './store/index.ts'

/** Shows what a page could not handle, under a reference that the operator finds in the log. */
export function showFailures(
  app: FastifyInstance,
  options: {
    readonly frame: PageFrame
    readonly logger: ProviderLogger | undefined
  },
): void {
  app.setErrorHandler(async (error: Error & { statusCode?: number }, request, reply) => {
    const { status, page } = failureOf(error)
    const reference = referenceOf(request.raw)
    // Not the message: a library may quote what a person sent.
    if (status >= 500) {
      options.logger?.error(
        { requestId: reference, name: error.name, code: codeOf(error) },
        'a page failed',
      )
    }
    const locale = localeOf(undefined, request.headers['accept-language'], options.frame.locale)
    if (status === 503) void reply.header('Retry-After', retryAfterSeconds)
    return reply
      .status(status)
      .header('Cache-Control', 'no-store')
      .header('Content-Language', locale)
      .header('Vary', 'Accept-Language')
      .type('text/html; charset=utf-8')
      .send(errorPage({ ...options.frame, locale, error: page, reference }))
  })
}

function failureOf(error: Error & { readonly statusCode?: number }): {
  readonly status: number
  readonly page: PageError
} {
  // The database may be back in a moment, and nothing of the refused step was kept.
  if (error instanceof StoreError) return { status: 503, page: 'temporarily_unavailable' }
  const status = error.statusCode ?? 500
  if (status === 413) return { status, page: 'too_large' }
  return { status, page: status >= 500 ? 'server_error' : 'invalid_request' }
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
