import type { ProviderEvent } from '@newel/identity-provider'
import type { Conversation } from './conversation.ts'
import { describeProviderEvent } from './describe-provider-event.ts'

const key = 'bank:last-provider-event'

/**
 * Listen to the provider, which a demo lets everybody do. The number of the last event outlives the page, so that what
 * happened during a redirect is told afterwards.
 */
export function watchProvider(
  conversation: Conversation,
  subject: () => string | undefined,
): EventSource {
  const after = sessionStorage.getItem(key)
  const query = after === null ? '' : `?after=${encodeURIComponent(after)}`
  const source = new EventSource(`/demo/events${query}`)
  const remember = ({ lastEventId }: MessageEvent) => sessionStorage.setItem(key, lastEventId)
  source.addEventListener('ready', remember)
  source.addEventListener('message', (message: MessageEvent<string>) => {
    remember(message)
    const event = JSON.parse(message.data) as ProviderEvent
    if (!concernsThisTab(event, subject())) return
    const item = describeProviderEvent(event)
    if (item) conversation.add(item)
  })
  return source
}

/** Other people may use the demo at the same time, each in a browser of their own. */
function concernsThisTab({ accountId, clientId }: ProviderEvent, subject: string | undefined) {
  if (clientId !== undefined && clientId !== 'bank-web') return false
  return accountId === undefined || subject === undefined || accountId === subject
}
