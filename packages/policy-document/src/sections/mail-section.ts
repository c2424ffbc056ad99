import { checkShape } from '../shape/check-shape.ts'
import { mailShape } from '../shape/mail-shape.ts'
import type { ProblemList } from '../source/problem-list.ts'
import { type SecretReference, secretReferenceIn } from './secret-reference.ts'

/** How the provider writes to people. */
export interface MailConfig {
  /** Sender, such as `Example ID <id@example.com>`. */
  readonly from: string
  readonly smtp: {
    readonly host: string
    readonly port: number
    /** `none`: in the clear, on loopback alone. */
    readonly tls: 'starttls' | 'implicit' | 'none'
    /** Absent: the server asks for none. */
    readonly username?: string
    /** Present where `username` is. */
    readonly password?: SecretReference
  }
}

const usualPorts = { starttls: 587, implicit: 465, none: 25 } as const

/** Absent: the provider sends no mail. */
export function readMail(value: unknown, problems: ProblemList): MailConfig | undefined {
  if (value === undefined) return undefined
  const mail = checkShape(mailShape, value, ['mail'], problems)
  if (mail === undefined) return undefined
  const { from, smtp } = mail
  const loopback = isLoopback(smtp.host)
  const tls = smtp.tls ?? (loopback ? 'none' : 'starttls')
  if (!/^(?:[^<>\r\n]*<[^\s@<>]+@[^\s@<>]+>|[^\s@<>]+@[^\s@<>]+)$/.test(from)) {
    problems.add({
      code: 'invalid_sender',
      path: ['mail', 'from'],
      message: `\`${from}\` is not a sender`,
      mend: 'write an address, such as `Example ID <id@example.com>`',
    })
  }
  if (tls === 'none' && !loopback) {
    problems.add({
      code: 'mail_without_tls',
      path: ['mail', 'smtp', 'tls'],
      message: `mail to \`${smtp.host}\` would go in the clear`,
      mend: 'write `starttls` or `implicit`; `none` is for a server on this machine',
    })
  }
  const password = smtp.password && secretReferenceIn(smtp.password)
  if ((smtp.username === undefined) !== (password === undefined)) {
    problems.add({
      code: 'incomplete_mail_login',
      path: ['mail', 'smtp'],
      message: '`username` and `password` belong together',
      mend: 'write both, the password as `{ env: NAME }` or `{ file: path }`, or neither',
    })
  }
  return {
    from,
    smtp: {
      host: smtp.host,
      port: smtp.port ?? usualPorts[tls],
      tls,
      ...(smtp.username !== undefined && { username: smtp.username }),
      ...(password !== undefined && { password }),
    },
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}
