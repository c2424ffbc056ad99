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
    const isKeySet = (init?.method ?? 'GET') === 'GET'
    // The library would hold the keys of before for a minute more, and do so for ever.
    if (status !== 200 && isKeySet) {
      await body?.cancel()
      throw new Error(`the key set of a client was answered with ${status}`)
    }
    const kept = new Headers(headers)
    kept.delete('expires')
    kept.delete('cache-control')
    return new Response(isKeySet ? await keySetOf(answer) : body, { status, headers: kept })
  }
}

/** Throws where it is none, for the same reason. */
async function keySetOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.byteLength
    if (size > keySetLimit) throw new Error('the key set of a client is too large')
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString()
  const parsed: unknown = JSON.parse(text)
  const keys = typeof parsed === 'object' && parsed !== null && 'keys' in parsed && parsed.keys
  const isSet = Array.isArray(keys) && keys.every(isObject)
  if (!isSet) throw new Error('the key set of a client is none')
  return text
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
