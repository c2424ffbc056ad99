import { waitForAnswer } from './answer.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import type { PopupWindow } from './browser-host.ts'
import type { ClientSettings } from './options.ts'
import { keepTransaction, takeTransaction } from './transaction.ts'

const pollMilliseconds = 250
/** A popup that has just answered closes itself; its message may still be on the way. */
const graceMilliseconds = 1000

/** Show the provider in a popup and wait: for the answer, or how it ended without. The popup is closed in every case. */
export async function visitByPopup(
  { host, detectClose, timeLimitSeconds }: ClientSettings,
  popup: PopupWindow,
  { url, transaction }: AuthorizationRequest,
  signal: AbortSignal,
): Promise<URLSearchParams | string> {
  const answer = await waitForAnswer(
    host,
    transaction.state,
    timeLimitSeconds * 1000,
    (end, ended) => {
      signal.addEventListener('abort', () => end('given up'))
      const watch = () => {
        if (popup.closed) host.setTimeout(() => end('popup closed'), graceMilliseconds, ended)
        else host.setTimeout(watch, pollMilliseconds, ended)
      }
      popup.location.replace(url)
      if (detectClose) watch()
    },
  )
  popup.close()
  return answer
}

/**
 * Leave the page. Resolves only if the person comes back to it as it was, without an answer. `parkedCalls`: how many are
 * kept meanwhile.
 */
export function visitByRedirect(
  { host, timeLimitSeconds, emit }: ClientSettings,
  { url, transaction }: AuthorizationRequest,
  parkedCalls?: number,
): Promise<void> {
  const { purpose, requirement, state } = transaction
  emit({ type: 'redirect', purpose, requirement, parkedCalls })
  return new Promise((resolve) => {
    keepTransaction(host.storage, transaction)
    const back = new AbortController()
    const comeBack = ({ persisted }: { readonly persisted: boolean }) => {
      if (!persisted) return
      back.abort()
      takeTransaction(host, state, timeLimitSeconds)
      resolve()
    }
    host.addEventListener('pageshow', comeBack, back)
    host.navigate(url)
  })
}
