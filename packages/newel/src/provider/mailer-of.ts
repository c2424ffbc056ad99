import { createSmtpMailer } from '@newel/identity-provider'
import type { Mailer, ProviderLogger } from '@newel/identity-provider'
import type { PolicyDocument } from '@newel/policy-document'

/** What sends the letters of a provider. Without `mail` in its document there is none. */
export function mailerOf({
  document,
  mailPassword,
  logger,
}: {
  readonly document: PolicyDocument
  readonly mailPassword?: string
  readonly logger?: Pick<ProviderLogger, 'warn'>
}): { readonly mailer?: Mailer } {
  if (document.mail === undefined) return {}
  const mailer = createSmtpMailer({
    config: document.mail,
    ...(mailPassword !== undefined && { password: mailPassword }),
    ...(logger && { logger }),
  })
  return { mailer }
}
