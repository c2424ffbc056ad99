import { setTimeout as pauseFor } from 'node:timers/promises'
import type { ProviderLogger } from '../identity-provider-options.ts'
import { maskAddress } from './address.ts'
import { MailError } from './mail-error.ts'
import type { Mail, Mailer } from './mailer.ts'

/** Letters that nobody waits for: sent soon, tried again where the mail server does not take them. */
export interface Outbox {
  /** False: too many are waiting already, or the provider is ending; the letter is dropped, and the log says so. */
  post(mail: Mail, mailer: Mailer): boolean
  /** Takes no more, tries each that waits once, and resolves when that is done or the time is over. */
  close(withinMilliseconds: number): Promise<void>
}

export interface OutboxOptions {
  /** Is told what was not sent, by a part of the address. Absent: nobody is. */
  readonly logger?: Pick<ProviderLogger, 'warn'> | undefined
  /** How many may wait. */
  readonly capacity?: number
  /** Pauses before the second and later tries, in seconds. All together shorter than a code is good for. */
  readonly retryAfterSeconds?: readonly number[]
}

interface Posted {
  readonly mail: Mail
  readonly mailer: Mailer
  tries: number
}

/** A mail server is asked by no more at once. */
const sentAtOnce = 4

export function createOutbox({
  logger,
  capacity = 1000,
  retryAfterSeconds = [2, 15, 60],
}: OutboxOptions = {}): Outbox {
  const ready: Posted[] = []
  const ending = new AbortController()
  const whenEmpty: (() => void)[] = []
  let held = 0
  let sending = 0

  function sendNext(): void {
    while (sending < sentAtOnce) {
      const posted = ready.shift()
      if (posted === undefined) return
      void send(posted)
    }
  }

  async function send(posted: Posted): Promise<void> {
    // What the end of the provider finds waiting is tried once more and no oftener.
    const last = ending.signal.aborted
    sending += 1
    const failure = await tried(posted)
    sending -= 1
    const pause = retryAfterSeconds[posted.tries]
    posted.tries += 1
    if (failure === undefined || failure === 'invalid_address' || pause === undefined || last) {
      if (failure !== undefined) drop(posted.mail, failure, posted.tries)
      held -= 1
      if (held === 0) for (const tell of whenEmpty.splice(0)) tell()
      sendNext()
      return
    }
    sendNext()
    await pauseFor(pause * 1000, undefined, { signal: ending.signal, ref: false }).catch(() => {})
    ready.push(posted)
    sendNext()
  }

  function drop({ to }: Mail, code: string, tries: number): void {
    logger?.warn({ code, tries, to: maskAddress(to) }, 'a letter was given up')
  }

  return {
    post(mail, mailer) {
      if (held >= capacity || ending.signal.aborted) {
        drop(mail, ending.signal.aborted ? 'ending' : 'too_many', 0)
        return false
      }
      held += 1
      ready.push({ mail, mailer, tries: 0 })
      sendNext()
      return true
    },
    async close(withinMilliseconds) {
      ending.abort()
      if (held === 0) return
      const over = new AbortController()
      const empty = new Promise<void>((resolve) => whenEmpty.push(resolve))
      const late = pauseFor(withinMilliseconds, undefined, { signal: over.signal }).catch(() => {})
      await Promise.race([empty, late])
      over.abort()
    },
  }
}

/** Undefined: the mail server has taken it. */
async function tried({ mail, mailer }: Posted): Promise<string | undefined> {
  try {
    await mailer.send(mail)
    return undefined
  } catch (error) {
    return error instanceof MailError ? error.code : 'unknown'
  }
}
