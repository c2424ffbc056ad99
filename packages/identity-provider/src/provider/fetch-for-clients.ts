import type { ClientConfig } from '@newel/policy-document'

type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** Largest key set that is read, in bytes. */
export const keySetLimit = 64 * 1024

/**
 * What the library fetches of clients. It ends after 2.5 seconds (the library's own limit), follows no redirect, and takes
 * no advice on caching: the library then holds keys for one minute, so that a key that was withdrawn does not last.
 *
 * The library refuses addresses inside a network, which is right for what a client registers by itself. The addresses of the
 * document are the operator's own, and may lead inside.
 */
export function fetchForClients(
  clients: readonly ClientConfig[],
  fetch: Fetch = globalThis.fetch,
): Fetch {
  const own = new Set(
    clients.flatMap(({ keys }) =>
      keys?.jwksUri === undefined ? [] : [new URL(keys.jwksUri).href],
    ),
  )
  return async (input, init) => {
    const { dispatcher, ...rest } = { dispatcher: undefined, ...init }
    const address = input instanceof Request ? input.url : new URL(input).href
    const guarded = own.has(address) || dispatcher === undefined ? rest : { ...rest, dispatcher }
    const answer = await fetch(input, { redirect: 'error', ...guarded })
    const { body, status, headers } = answer
    // The library would hold the keys of before for a minute more.
    if (status !== 200 && (init?.method ?? 'GET') === 'GET') {
      await body?.cancel()
      throw new Error(`the key set of a client was answered with ${status}`)
    }
    const kept = new Headers(headers)
    kept.delete('expires')
    kept.delete('cache-control')
    return new Response(body, { status, headers: kept })
  }
}
