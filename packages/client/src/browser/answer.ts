import type { BrowserHost } from './browser-host.ts'
import type { ClientSettings } from './options.ts'
import { isRelayed } from './transaction.ts'

const messageType = 'newel:answer'

/** The provider's answer on its way from the callback page to the page that asked. */
interface AnswerMessage {
  readonly type: typeof messageType
  readonly state: string
  /** The query of the callback address. */
  readonly query: string
}

/** The answer in the address of the callback page. `undefined`: this is another page, or holds no answer. */
export function answerInAddress(
  { redirectUri }: Pick<ClientSettings, 'redirectUri'>,
  href: string,
): URLSearchParams | undefined {
  const { origin, pathname, searchParams } = new URL(href)
  if (origin !== redirectUri.origin || pathname !== redirectUri.pathname) return undefined
  const answers = searchParams.has('code') || searchParams.has('error')
  return answers && searchParams.has('state') ? searchParams : undefined
}

/**
 * On the callback page: hand the answer to the window of this origin that waits for it, and close. Both ways are taken,
 * since a provider may cut the opener off and an old browser may lack the channel. `false`: no window waits, the answer
 * is for this page.
 */
export function relayAnswer(host: BrowserHost, answer: URLSearchParams): boolean {
  const state = answer.get('state')
  if (state === null || !isRelayed(state)) return false
  const message: AnswerMessage = { type: messageType, state, query: answer.toString() }
  const channel = host.openChannel(`newel:${state}`)
  channel.post(message)
  channel.close()
  host.postToOpener(message)
  host.closeWindow()
  return true
}

/** Wait for the answer to one request; those to others pass by. Returns what stops it. */
export function onAnswer(
  host: BrowserHost,
  state: string,
  listener: (answer: URLSearchParams) => void,
): () => void {
  const { origin } = new URL(host.href)
  const hear = (message: unknown) => {
    const { type, state: answered, query } = (message ?? {}) as Partial<AnswerMessage>
    if (type === messageType && answered === state && typeof query === 'string') {
      listener(new URLSearchParams(query))
    }
  }
  const channel = host.openChannel(`newel:${state}`, hear)
  const stopMessages = host.onWindowMessage((sender, message) => {
    if (sender === origin) hear(message)
  })
  return () => {
    channel.close()
    stopMessages()
  }
}
