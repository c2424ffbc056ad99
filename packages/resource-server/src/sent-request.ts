import type { ApiRequest, SenderFacts } from './guard.ts'

/** What is common to Node's requests, whatever framework wraps them. */
interface NodeRequest {
  readonly rawHeaders?: readonly string[]
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly socket?: unknown
}

/**
 * What the core looks at of a Node request.
 *
 * @param address Gathers method and absolute address, as the framework knows them behind its trusted proxies. Called only with
 * a token that is bound to its sender.
 */
export function nodeRequest(
  node: NodeRequest,
  address: () => { method: string; url: string },
): ApiRequest {
  return {
    authorization: headerValues(node, 'authorization'),
    // Node makes an object of all headers when the first is asked by name.
    origin: () => node.headers['origin'] as string | undefined,
    identity: node,
    sender: (): SenderFacts => ({
      ...address(),
      dpop: headerValues(node, 'dpop'),
      certificate: certificateOf(node.socket),
      request: { header: (name) => headerValues(node, name), native: node },
    }),
  }
}

/** What the core looks at of a fetch request. The standard joins repeated headers with a comma, which no token holds. */
export function fetchRequest(request: Request): ApiRequest {
  return {
    authorization: request.headers.get('authorization'),
    origin: () => request.headers.get('origin'),
    identity: request,
    sender: () => ({
      method: request.method,
      url: request.url,
      dpop: request.headers.get('dpop') ?? undefined,
      request: { header: (name) => request.headers.get(name) ?? undefined, native: request },
    }),
  }
}

/**
 * Every value of a header. Node keeps the first of several `Authorization` headers and drops the rest; a proxy in front may
 * have judged another one.
 *
 * @param name In lower case.
 */
export function headerValues(
  { rawHeaders, headers }: Pick<NodeRequest, 'rawHeaders' | 'headers'>,
  name: string,
): string | readonly string[] | undefined {
  if (!rawHeaders) return headers[name]
  let first: string | undefined
  let several: string[] | undefined
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const each = rawHeaders[index]
    if (each?.length !== name.length || each.toLowerCase() !== name) continue
    const value = rawHeaders[index + 1] ?? ''
    if (first === undefined) first = value
    else several = [...(several ?? [first]), value]
  }
  return several ?? first
}

/** The certificate of a TLS connection that ends here. Behind a proxy that ends it, the application says what it knows. */
export function certificateOf(socket: unknown): Uint8Array | undefined {
  const { getPeerCertificate } = (socket ?? {}) as {
    getPeerCertificate?: () => { raw?: Uint8Array } | undefined
  }
  return typeof getPeerCertificate === 'function' ? getPeerCertificate.call(socket)?.raw : undefined
}
