import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An address on this machine where the browser brings the answer. RFC 8252 §7.3. */
export interface LoopbackReceiver {
  readonly redirectUri: string
  /** The answer with this `state`; the first one, and no other. Rejects with the signal's reason. */
  answer(state: string, signal: AbortSignal): Promise<URLSearchParams>
  close(): Promise<void>
}

/**
 * Listen on 127.0.0.1, on a port that the system picks. An answer with another `state`, another path or another host is
 * turned away and ends nothing: any page in the browser can send one here.
 */
export async function openLoopback(path: string): Promise<LoopbackReceiver> {
  let waiting: { state: string; take: (answer: URLSearchParams) => void } | undefined
  const server = createServer((request, response) => {
    const answer = answerIn(request, path, origin())
    if (!answer) return respond(response, 404, 'There is nothing here.')
    if (!waiting || answer.get('state') !== waiting.state) {
      return respond(response, 400, 'Nobody waits for this answer.')
    }
    const { take } = waiting
    waiting = undefined
    // The person's page first: the process may end with the answer.
    response.on('close', () => take(answer))
    return respond(response, 200, 'The answer has arrived. You can close this tab.')
  })
  // A browser's idle connections must not keep the process.
  server.keepAliveTimeout = 1
  server.maxHeadersCount = 100
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const origin = () => `http://127.0.0.1:${port}`
  return {
    redirectUri: origin() + path,
    answer: (state, signal) =>
      new Promise((resolve, reject) => {
        const onAbort = () => reject(signal.reason as Error)
        if (signal.aborted) return onAbort()
        signal.addEventListener('abort', onAbort, { once: true })
        waiting = {
          state,
          take: (answer) => {
            signal.removeEventListener('abort', onAbort)
            resolve(answer)
          },
        }
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** The parameters of a request that a redirect of the provider could be. */
function answerIn(
  { method, url = '', headers }: IncomingMessage,
  path: string,
  origin: string,
): URLSearchParams | undefined {
  const target = URL.parse(url, origin)
  // Another host name for this address is a page that rebinds its own.
  if (method !== 'GET' || `http://${headers.host}` !== origin || target?.origin !== origin) {
    return undefined
  }
  return target.pathname === path ? target.searchParams : undefined
}

/** A page without a script, a link or anything of the request. */
function respond(response: ServerResponse, status: number, text: string): void {
  response
    .writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      connection: 'close',
    })
    .end(
      `<!doctype html><html lang="en"><meta charset="utf-8"><title>${text}</title><main><p>${text}</p></main></html>\n`,
    )
}
