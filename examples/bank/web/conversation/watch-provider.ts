import type { ProviderEvent } from '@newel/identity-provider'
import type { Conversation } from './conversation.ts'
import { describeProviderEvent } from './describe-provider-event.ts'

const key = 'bank:last-provider-event'

/** A stream that does not come up keeps nobody waiting. */
const patienceMilliseconds = 1500

/**
 * Listen to the provider, which a demo lets everybody do. The number of the last event outlives the page, so that what
 * happened during a redirect is told afterwards. Resolves when that is done.
 */
export function watchProvider(
  conversation: Conversation,
  subject: () => string | undefined,
): Promise<void> {
  const after = sessionStorage.getItem(key)
  const query = after === null ? '' : `?after=${encodeURIComponent(after)}`
  const source = new EventSource(`/demo/events${query}`)
  const asked = new Set<string | undefined>()
  const remember = ({ lastEventId }: MessageEvent) => sessionStorage.setItem(key, lastEventId)
  source.addEventListener('message', (message: MessageEvent<string>) => {
    remember(message)
    const event = JSON.parse(message.data) as ProviderEvent
    if (!concernsThisTab(event, subject())) return
    if (event.type === 'proof_asked') asked.add(event.request)
    const item = describeProviderEvent(event, asked.has(event.request))
    if (item) conversation.add(item)
  })
  return new Promise((resolve) => {
    setTimeout(resolve, patienceMilliseconds)
    source.addEventListener('ready', (message: MessageEvent) => {
      remember(message)
      resolve()
    })
  })
}

/** Other people may use the demo at the same time, each in a browser of their own. */
function concernsThisTab({ accountId, clientId }: ProviderEvent, subject: string | undefined) {
  if (clientId !== undefined && clientId !== 'bank-web') return false
  return accountId === undefined || subject === undefined || accountId === subject
}
