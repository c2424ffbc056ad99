import type { PolicyDocument } from '@newel/policy-document'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { type PageFrame, loggedOutPage, logoutConfirmPage } from '../interaction/pages/index.ts'
import { clientConfigOf } from './client-config.ts'
import { spoken } from './spoken.ts'

/** The pages of a logout that a client began (OpenID Connect RP-Initiated Logout). */
export function logoutPages(document: PolicyDocument, frame: PageFrame) {
  return {
    enabled: true,
    logoutSource: (ctx: KoaContextWithOIDC, form: string) => {
      const client = clientConfigOf(document, ctx.oidc.client)
      ctx.type = 'html'
      ctx.body = logoutConfirmPage({
        ...spoken(ctx, frame),
        ...(client && { clientName: client.name ?? client.id }),
        form: { id: 'op.logoutForm', markup: form },
      })
    },
    postLogoutSuccessSource: (ctx: KoaContextWithOIDC) => {
      ctx.type = 'html'
      ctx.body = loggedOutPage(spoken(ctx, frame))
    },
  }
}
