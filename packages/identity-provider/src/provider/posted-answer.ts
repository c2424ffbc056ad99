import type { PolicyDocument } from '@newel/policy-document'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { type PageFrame, sendOnPage } from '../interaction/pages/index.ts'
import { contentSecurityPolicy } from '../interaction/security-headers.ts'
import { clientOf } from './assurance-request.ts'
import { spoken } from './spoken.ts'

/**
 * `response_mode=form_post` (OAuth 2.0 Form Post Response Mode): the library's page has an inline script and English alone,
 * so ours takes its place. It may post to the origin of the redirect URI and nowhere else.
 */
export function showPostedAnswer(
  document: PolicyDocument,
  frame: PageFrame,
): (ctx: KoaContextWithOIDC, next: () => Promise<unknown>) => Promise<void> {
  return async (ctx, next) => {
    await next()
    const body: unknown = ctx.body
    if (typeof body !== 'string') return
    const form = libraryForm.exec(body)?.[1]
    if (form === undefined) return
    const { redirect_uri: action } = ctx.oidc.params ?? {}
    if (typeof action !== 'string') return
    const client = clientOf(ctx, document)
    ctx.set('Content-Security-Policy', contentSecurityPolicy(action, { self: false }))
    ctx.body = sendOnPage({
      ...spoken(ctx, frame),
      clientName: client.name ?? client.id,
      action,
      fields: [...form.matchAll(/<input type="hidden" [^<>]*>/g)].join(''),
    })
  }
}

/** The one form of the library's page; its values are escaped. */
const libraryForm =
  /<title>Submitting Callback<\/title>[^]*<form method="post" [^>]*>([^]*)<\/form>/
