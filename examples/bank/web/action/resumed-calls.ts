import type { ResumedCall } from '@newel/client/browser'

/**
 * `fetch`, but a call that was sent on the way back from the provider is not sent again: its answer is here already, for
 * whoever asks first.
 */
export function withResumed(send: typeof fetch, resumed: readonly ResumedCall[]): typeof fetch {
  const left = [...resumed]
  return async (input, init) => {
    const { url, method } = new Request(input, init)
    const index = left.findIndex((call) => call.url === url && call.method === method)
    const [call] = index < 0 ? [] : left.splice(index, 1)
    if (!call) return send(input, init)
    if (call.response) return call.response
    throw call.error ?? new Error('the call came to nothing')
  }
}
