import type { BrowserHost, HeardEvents } from './browser-host.ts'
import { isRelayed, tripName } from './transaction.ts'

/** The provider's answer on its way from the callback page to the page that asked: the query of the callback address. */
interface AnswerMessage {
  readonly newelAnswer: string
}

/**
 * On the callback page: hand the answer to the window of this origin that waits for it, and close. Both ways are taken,
 * since a provider may cut the opener off and a page in a frame may have channels of its own. `false`: no window waits, the
 * answer is for this page.
 */
export function relayAnswer(host: BrowserHost, answer: URLSearchParams): boolean {
  const state = answer.get('state') ?? ''
  if (!isRelayed(state)) return false
  const message: AnswerMessage = { newelAnswer: answer.toString() }
  const channel = host.openChannel(tripName(state))
  channel.postMessage(message)
  channel.close()
  host.postToOpener(message)
  host.closeWindow()
  return true
}

/** What ends the wait for an answer otherwise. */
export type End = (how: string) => void

/**
 * Wait for the answer with this state; those to others pass by. `begin` runs once it can be heard, and gets what ends the
 * wait otherwise, and the signal of its end.
 */
export async function waitForAnswer(
  host: BrowserHost,
  state: string,
  limitMilliseconds: number,
  begin: (end: End, ended: AbortSignal) => void,
): Promise<URLSearchParams | string> {
  const { origin: own } = new URL(host.href)
  const channel = host.openChannel(tripName(state))
  const waiting = new AbortController()
  try {
    return await new Promise((resolve) => {
      const hear = ({ origin, data }: HeardEvents['message']) => {
        if (origin !== own) return
        const { newelAnswer } = Object(data) as Partial<AnswerMessage>
        const answer = new URLSearchParams(newelAnswer)
        if (answer.get('state') === state) resolve(answer)
      }
      channel.addEventListener('message', hear)
      host.addEventListener('message', hear, waiting)
      host.setTimeout(() => resolve('timed out'), limitMilliseconds, waiting.signal)
      begin(resolve, waiting.signal)
    })
  } finally {
    waiting.abort()
    channel.close()
  }
}
