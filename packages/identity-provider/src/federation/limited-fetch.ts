import type { CustomFetch } from 'openid-client'

/** Largest answer that is read of an upstream, in bytes. */
export const answerLimit = 256 * 1024

/** How long one answer of an upstream may take, in seconds. */
export const answerWithinSeconds = 5

/**
 * What an upstream is asked by: `https`, or loopback for one that is there itself; redirects are not followed; no answer is read beyond
 * {@link answerLimit}. The time limit comes with each request as its signal.
 */
export function limitedFetch(fetch: typeof globalThis.fetch, upstream: URL): CustomFetch {
  return async (address, { body, ...options }) => {
    if (!isSafeAddress(new URL(address), upstream)) throw new TypeError(unsafeAddress)
    const response = await fetch(address, {
      ...options,
      redirect: 'manual',
      ...(body === undefined ? {} : { body: body as NonNullable<RequestInit['body']> }),
    })
    const bytes = await limitedBody(response)
    const { status, statusText, headers } = response
    return new Response(bodyless.has(status) ? null : bytes, { status, statusText, headers })
  }
}

/** RFC 9110 §6.4.1: statuses whose answers have no content. */
const bodyless = new Set([204, 205, 304])

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Of an address that is not taken. */
export const unsafeAddress = 'the address is not https, nor on loopback where the upstream is'

/**
 * Whether what an upstream says of itself may be asked. One elsewhere must not send this provider to what listens on its
 * own machine, nor a browser to what listens on the person's.
 */
export function isSafeAddress({ protocol, hostname }: URL, upstream: URL): boolean {
  const isOnLoopback = loopbackHosts.has(hostname)
  if (isOnLoopback && !loopbackHosts.has(upstream.hostname)) return false
  return protocol === 'https:' || (protocol === 'http:' && isOnLoopback)
}

async function limitedBody({ body }: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let size = 0
  if (body !== null) {
    for await (const chunk of body) {
      size += chunk.byteLength
      // Leaving the loop cancels the stream.
      if (size > answerLimit) throw new TypeError(`the answer is longer than ${answerLimit} bytes`)
      chunks.push(chunk)
    }
  }
  return new Uint8Array(Buffer.concat(chunks))
}
