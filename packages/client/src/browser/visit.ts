import { ClientError } from '../errors.ts'
import { onAnswer } from './answer.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import type { BrowserHost, PopupWindow } from './browser-host.ts'
import type { ClientSettings } from './options.ts'
import { keepTransaction, takeTransaction } from './transaction.ts'

const pollMilliseconds = 250
/** A popup that has just answered closes itself; its message may still be on the way. */
const graceMilliseconds = 1000
/** No person is waited for in a frame. */
const frameMilliseconds = 10_000

/** How a visit ended without an answer. */
export type VisitEnd = 'closed' | 'timed_out' | 'aborted'

/**
 * Wait for the answer with this state. `begin` runs once it can be heard, and gets what ends the wait otherwise and what
 * keeps a timer for the time of the wait.
 */
async function waitForAnswer(
  host: BrowserHost,
  state: string,
  limitMilliseconds: number,
  begin: (
    end: (how: VisitEnd) => void,
    later: (work: () => void, milliseconds: number) => void,
  ) => void,
): Promise<URLSearchParams | VisitEnd> {
  const cancels: (() => void)[] = []
  const later = (work: () => void, milliseconds: number) => {
    cancels.push(host.setTimeout(work, milliseconds))
  }
  try {
    return await new Promise((resolve) => {
      cancels.push(onAnswer(host, state, resolve))
      later(() => resolve('timed_out'), limitMilliseconds)
      begin(resolve, later)
    })
  } finally {
    for (const cancel of cancels) cancel()
  }
}

/** Show the provider in a popup and wait. The popup is closed in every case. */
export async function visitByPopup(
  { host, detectClose, timeLimitSeconds }: ClientSettings,
  popup: PopupWindow,
  { url, transaction }: AuthorizationRequest,
  signal: AbortSignal,
): Promise<URLSearchParams | VisitEnd> {
  const answer = await waitForAnswer(
    host,
    transaction.state,
    timeLimitSeconds * 1000,
    (end, later) => {
      signal.addEventListener('abort', () => end('aborted'))
      const watch = () => {
        if (popup.closed) later(() => end('closed'), graceMilliseconds)
        else later(watch, pollMilliseconds)
      }
      popup.navigate(url)
      if (detectClose) watch()
    },
  )
  popup.close()
  return answer
}

/** Ask the provider in an invisible frame, with `prompt=none`. Its redirect ends on the callback page, framed by us. */
export async function visitByFrame(
  { host }: ClientSettings,
  { url, transaction }: AuthorizationRequest,
): Promise<URLSearchParams> {
  let frame: { remove(): void } | undefined
  const answer = await waitForAnswer(host, transaction.state, frameMilliseconds, () => {
    frame = host.openFrame(url)
  })
  frame?.remove()
  if (typeof answer !== 'string') return answer
  throw new ClientError('provider_unavailable', 'the provider did not answer in a frame')
}

/** Leave the page. Resolves only if the person comes back to it as it was, without an answer. */
export function visitByRedirect(
  { host, timeLimitSeconds }: ClientSettings,
  { url, transaction }: AuthorizationRequest,
): Promise<void> {
  return new Promise((resolve) => {
    keepTransaction(host.storage, transaction)
    const stop = host.onRestored(() => {
      stop()
      takeTransaction(host.storage, transaction.state, host.now(), timeLimitSeconds)
      resolve()
    })
    host.navigate(url)
  })
}
