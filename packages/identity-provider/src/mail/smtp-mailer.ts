import type { MailConfig } from '@newel/policy-document'
import { createTransport } from 'nodemailer'
import type { ProviderLogger } from '../identity-provider-options.ts'
import { plainAddress } from './address.ts'
import { MailError } from './mail-error.ts'
import { type Mailer, longestSendSeconds } from './mailer.ts'

export interface SmtpMailerOptions {
  readonly config: MailConfig
  /** Of the user name in `config`. Needed where there is one. */
  readonly password?: string
  /** Is told that a letter was not sent, never to whom or what. Absent: nobody is. */
  readonly logger?: Pick<ProviderLogger, 'warn'>
}

/** Each step of the exchange by itself, in milliseconds. */
const stepTimeout = 10_000

/** Sends through one mail server, over TLS unless it is on this machine (RFC 8314 §3). */
export function createSmtpMailer({ config, password, logger }: SmtpMailerOptions): Mailer {
  const { host, port, tls, username } = config.smtp
  const transport = createTransport({
    host,
    port,
    secure: tls === 'implicit',
    // Without this a server, or whoever stands before it, that offers no TLS would get the letter in the clear.
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    ...(username !== undefined && { auth: { user: username, pass: password ?? '' } }),
    connectionTimeout: stepTimeout,
    greetingTimeout: stepTimeout,
    socketTimeout: stepTimeout,
    dnsTimeout: stepTimeout,
    disableFileAccess: true,
    disableUrlAccess: true,
  })

  return {
    async send({ to, subject, text, html }) {
      try {
        // An address that is several, or carries a header, would send the letter to more than its owner.
        if (plainAddress(to) !== to) {
          throw new MailError('invalid_address', 'the recipient is not one plain address')
        }
        const letter = {
          from: config.from,
          to,
          subject,
          text,
          ...(html !== undefined && { html }),
          // No out-of-office answers to a code (RFC 3834 §5).
          headers: { 'Auto-Submitted': 'auto-generated' },
        }
        await withinTime(transport.sendMail(letter))
      } catch (error) {
        const failure = failureOf(error)
        logger?.warn({ code: failure.code, reason: reasonOf(error) }, 'a letter was not sent')
        throw failure
      }
    },
  }
}

async function withinTime(sending: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new MailError('timeout', 'the mail server did not answer in time'))
    }, longestSendSeconds * 1000)
  })
  try {
    await Promise.race([sending, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Without the cause: the library puts the recipient and the server's own words into it. */
function failureOf(error: unknown): MailError {
  if (error instanceof MailError) return error
  return reasonOf(error) === 'ETIMEDOUT'
    ? new MailError('timeout', 'the mail server did not answer in time')
    : new MailError('undeliverable', 'the mail server did not take the letter')
}

/** The library's name for it, such as `EAUTH` or `ETLS`. */
function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
