import type { DeferredStepUps } from './deferred-step-ups.ts'
import type { ClientSettings } from './options.ts'
import { sendCall } from './send-call.ts'
import type { TokenStore } from './token-store.ts'

/**
 * Like `fetch`, for APIs that may ask for more: adds the token, meets a step-up challenge, and sends the call once more,
 * with its method and body as they were. A token that the API takes for no good is refreshed once besides.
 *
 * A body given as a stream is sent once and cannot be sent again: its challenge ends in `body_not_replayable`.
 */
export function createAuthorizedFetch(
  settings: ClientSettings,
  store: TokenStore,
  stepUps: DeferredStepUps,
): typeof fetch {
  return async (input, init) => {
    const { host, apiOrigins } = settings
    const address = new URL(input instanceof Request ? input.url : input, host.href)
    const request = new Request(input instanceof Request ? input : address, init)
    // A caller with a token of its own is left to it.
    if (!apiOrigins.has(address.origin) || request.headers.has('authorization')) {
      return host.fetch(request)
    }
    const replayable = !(init?.body instanceof ReadableStream)
    const tokens = await store.usable()
    const sentAt = host.now()
    const sent = replayable ? request.clone() : request
    const response = await sendCall(settings, sent, tokens, replayable)
    if (response.status !== 401) return response
    const { meetRefusal } = await stepUps.load()
    return meetRefusal({ request, replayable, tokens, sentAt, response })
  }
}
