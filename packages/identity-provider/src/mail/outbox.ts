import type { ProviderLogger } from '../identity-provider-options.ts'
import { type FailedAttempt, createRetryQueue } from '../operations/retry-queue.ts'
import { maskAddress } from './address.ts'
import { MailError } from './mail-error.ts'
import type { Mail, Mailer } from './mailer.ts'

/** Letters that nobody waits for: sent soon, tried again where the mail server does not take them. */
export interface Outbox {
  /** False: too many are waiting already, or the provider is ending; the letter is dropped, and the log says so. */
  post(mail: Mail | PrepareMail, mailer: Mailer): boolean
  /** Takes no more, tries each that waits once, and resolves when that is done or the time is over. */
  close(withinMilliseconds: number): Promise<void>
}

/** Finds out, before each try, what to send and to whom. Undefined: nothing. */
export type PrepareMail = () => Promise<Mail | undefined>

export interface OutboxOptions {
  /** Is told what was not sent, by a part of the address. Absent: nobody is. */
  readonly logger?: Pick<ProviderLogger, 'warn'> | undefined
  /** How many may wait. */
  readonly capacity?: number
  /** Pauses before the second and later tries, in seconds. All together shorter than a code is good for. */
  readonly retryAfterSeconds?: readonly number[]
}

/** A mail server is asked by no more at once. */
const sentAtOnce = 4

export function createOutbox({
  logger,
  capacity = 1000,
  retryAfterSeconds = [2, 15, 60],
}: OutboxOptions = {}): Outbox {
  const queue = createRetryQueue({ capacity, retryAfterSeconds, atOnce: sentAtOnce })
  return {
    post: (mail, mailer) =>
      queue.add({
        attempt: async () => tried(mail, mailer),
        givenUp(code, tries) {
          // What could not be prepared has no address.
          const to = typeof mail === 'function' ? {} : { to: maskAddress(mail.to) }
          logger?.warn({ code, tries, ...to }, 'a letter was given up')
        },
      }),
    close: async (withinMilliseconds) => queue.close(withinMilliseconds),
  }
}

/** Undefined: the mail server has taken it, or there was nothing to send. */
async function tried(
  posted: Mail | PrepareMail,
  mailer: Mailer,
): Promise<FailedAttempt | undefined> {
  try {
    const mail = typeof posted === 'function' ? await posted() : posted
    if (mail !== undefined) await mailer.send(mail)
    return undefined
  } catch (error) {
    const code = error instanceof MailError ? error.code : 'unknown'
    return { code, final: code === 'invalid_address' }
  }
}
