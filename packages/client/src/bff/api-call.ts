import { fromBase64url, toBase64url } from './base64url.ts'
import type { BffSettings } from './options.ts'
import type { TokenSet } from './session-record.ts'

/** A call to an API, without its token, in a form that can be kept. */
export interface ApiCall {
  readonly url: string
  readonly method: string
  readonly headers: readonly (readonly [string, string])[]
  /** In base64url. Absent: none. */
  readonly body?: string
}

/** Headers that are the backend's to set, whatever the caller says. */
const ownHeaders = new Set([
  'authorization',
  'dpop',
  'cookie',
  'host',
  'content-length',
  'connection',
])

/** The call as `fetch` would send it. A stream is read to its end, so that the call can be sent again. */
export async function apiCall(url: URL, init: RequestInit): Promise<ApiCall> {
  const streams = init.body instanceof ReadableStream
  const { signal: _signal, ...rest } = init
  const request = new Request(url, streams ? ({ ...rest, duplex: 'half' } as RequestInit) : rest)
  const body =
    (init.body ?? undefined) === undefined ? undefined : new Uint8Array(await request.arrayBuffer())
  return {
    url: request.url,
    method: request.method,
    headers: [...request.headers].filter(([name]) => !ownHeaders.has(name)),
    ...(body === undefined ? {} : { body: toBase64url(body) }),
  }
}

export function bodyBytes({ body = '' }: ApiCall): number {
  return Math.floor((body.length * 3) / 4)
}

/** A token, and the key that it is good with. */
export type CallTokens = Pick<TokenSet, 'accessToken' | 'key'>

/** Redirects are not followed: the token is for the address that was asked. */
export async function sendCall(
  { host, proofs }: BffSettings,
  { url, method, headers, body }: ApiCall,
  { accessToken, key }: CallTokens,
  signal?: AbortSignal,
): Promise<Response> {
  const send = (credentials: readonly (readonly [string, string])[]) =>
    host.fetch(url, {
      method,
      headers: [...headers, ...credentials] as [string, string][],
      redirect: 'manual',
      ...(body === undefined ? {} : { body: fromBase64url(body) ?? null }),
      ...(signal === undefined ? {} : { signal }),
    })
  if (!key) return send([['authorization', `Bearer ${accessToken}`]])
  const sendProved = async () => {
    const proof = await proofs.proof(key, { method, url, accessToken })
    const response = await send([
      ['authorization', `DPoP ${accessToken}`],
      ['dpop', proof],
    ])
    proofs.hear(url, response)
    return response
  }
  const response = await sendProved()
  if (!asksForNonce(response)) return response
  // The API has not acted on it. RFC 9449 §9.
  await response.body?.cancel()
  return sendProved()
}

function asksForNonce({ status, headers }: Response): boolean {
  return (
    status === 401 &&
    headers.has('dpop-nonce') &&
    /\berror="?use_dpop_nonce\b/.test(headers.get('www-authenticate') ?? '')
  )
}

/**
 * Headers of an API's answer that are not for the page: those of the connection, those that `fetch` has undone, those
 * that speak for this origin, and the challenge, which has been answered here.
 */
const withheldHeaders = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-encoding',
  'content-length',
  'set-cookie',
  'clear-site-data',
  'strict-transport-security',
  'alt-svc',
  'service-worker-allowed',
  'refresh',
  'www-authenticate',
  'dpop-nonce',
])

/** The headers of an API's answer that the page may see. */
export function relayedHeaders({ headers }: Response): Headers {
  const relayed = new Headers()
  for (const [name, value] of headers) {
    if (!withheldHeaders.has(name) && !name.startsWith('access-control-')) {
      relayed.append(name, value)
    }
  }
  // What a person's token has fetched is theirs alone, unless the API says more.
  if (!relayed.has('cache-control')) relayed.set('cache-control', 'no-store')
  relayed.set('x-content-type-options', 'nosniff')
  return relayed
}

/** Statuses whose answers have no body; a `Response` refuses one. Fetch standard, "null body status". */
const withoutBody = new Set([101, 103, 204, 205, 304])

export function relayedAnswer(
  status: number,
  headers: Headers,
  body: BodyInit | null | undefined,
): Response {
  return new Response(withoutBody.has(status) ? null : (body ?? null), { status, headers })
}
