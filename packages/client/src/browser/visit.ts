import { ClientError } from '../errors.ts'
import { onAnswer } from './answer.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import type { PopupWindow } from './browser-host.ts'
import type { ClientSettings } from './options.ts'
import { keepTransaction, takeTransaction } from './transaction.ts'

const pollMilliseconds = 250
/** A popup that has just answered closes itself; its message may still be on the way. */
const graceMilliseconds = 1000
/** No person is waited for in a frame. */
const frameMilliseconds = 10_000

/** How a visit ended without an answer. */
export type VisitEnd = 'closed' | 'timed_out' | 'aborted'

/** Show the provider in a popup and wait. The popup is closed in every case. */
export function visitByPopup(
  { host, detectClose, timeLimitSeconds }: ClientSettings,
  popup: PopupWindow,
  { url, transaction }: AuthorizationRequest,
  signal: AbortSignal,
): Promise<URLSearchParams | VisitEnd> {
  return new Promise((resolve) => {
    let cancelPoll: (() => void) | undefined
    const settle = (end: () => void) => {
      cancelPoll?.()
      cancelLimit()
      stopListening()
      signal.removeEventListener('abort', onAbort)
      popup.close()
      end()
    }
    const onAbort = () => settle(() => resolve('aborted'))
    const watch = () => {
      cancelPoll = popup.closed
        ? host.setTimeout(() => settle(() => resolve('closed')), graceMilliseconds)
        : host.setTimeout(watch, pollMilliseconds)
    }
    const stopListening = onAnswer(host, transaction.state, (answer) =>
      settle(() => resolve(answer)),
    )
    const cancelLimit = host.setTimeout(
      () => settle(() => resolve('timed_out')),
      timeLimitSeconds * 1000,
    )
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) return onAbort()
    popup.navigate(url)
    if (detectClose) watch()
  })
}

/** Ask the provider in an invisible frame, with `prompt=none`. Its redirect ends on the callback page, framed by us. */
export function visitByFrame(
  { host }: ClientSettings,
  { url, transaction }: AuthorizationRequest,
): Promise<URLSearchParams> {
  return new Promise((resolve, reject) => {
    const settle = (end: () => void) => {
      cancelLimit()
      stopListening()
      frame.remove()
      end()
    }
    const stopListening = onAnswer(host, transaction.state, (answer) =>
      settle(() => resolve(answer)),
    )
    const cancelLimit = host.setTimeout(
      () =>
        settle(() =>
          reject(new ClientError('provider_unavailable', 'the provider did not answer in a frame')),
        ),
      frameMilliseconds,
    )
    const frame = host.openFrame(url)
  })
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
