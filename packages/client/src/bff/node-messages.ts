import { ClientError } from '../errors.ts'
import type { ResumedForm } from './guard.ts'

/** What is read of Node's requests, whatever framework wraps them. */
export interface NodeRequest extends AsyncIterable<Uint8Array> {
  readonly method?: string | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Somebody has read of the body already. */
  readonly readableDidRead?: boolean
}

/** What is used of Node's responses. */
export interface NodeResponse {
  readonly destroyed: boolean
  statusCode: number
  appendHeader(name: string, value: string): unknown
  setHeader(name: string, value: string): unknown
  write(chunk: Uint8Array): boolean
  once(event: 'drain' | 'close', listener: () => void): unknown
  end(): unknown
}

const requests = new WeakMap<NodeRequest, Request>()

/**
 * The request as the fetch standard has it, the same one each time. Its body is read when it is asked for.
 *
 * @param path Path and query as the browser sent them.
 */
export function webRequest(origin: string, path: string, node: NodeRequest): Request {
  const known = requests.get(node)
  if (known) return known
  const headers = new Headers()
  for (const [name, value] of Object.entries(node.headers)) {
    for (const item of [value ?? []].flat()) headers.append(name, item)
  }
  const method = node.method ?? 'GET'
  const hasBody = method !== 'GET' && method !== 'HEAD'
  // `duplex` is of the standard and of Node, and not of these types.
  const init = { method, headers, ...(hasBody && { body: bodyOf(node), duplex: 'half' }) }
  // Not joined as relative to the origin: `//host` would be another one.
  const request = new Request(origin + path, init)
  requests.set(node, request)
  return request
}

function bodyOf(node: NodeRequest): ReadableStream<Uint8Array> {
  let parts: AsyncIterator<Uint8Array> | undefined
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (!parts && node.readableDidRead === true) {
          throw new ClientError(
            'configuration',
            'the body was read already: put the routes of the backend before what parses bodies',
          )
        }
        parts ??= node[Symbol.asyncIterator]()
        const part = await parts.next()
        if (part.done === true) controller.close()
        else controller.enqueue(new Uint8Array(part.value))
      },
      async cancel() {
        await parts?.return?.()
      },
    },
    // Nothing is read before it is asked for.
    { highWaterMark: 0 },
  )
}

/**
 * Let whoever reads the request's body next read this instead, under these headers.
 *
 * Nobody may have read of it, and the request must have brought none of its own.
 */
export function giveBody(
  node: NodeRequest & {
    readonly headers: Record<string, unknown>
    unshift(chunk: Uint8Array): void
  },
  { headers, body }: ResumedForm,
): void {
  Object.assign(node.headers, headers)
  delete node.headers['transfer-encoding']
  if (body.byteLength > 0) node.unshift(body)
}

/** Write an answer of the fetch standard to Node. */
export async function writeResponse(answer: Response, node: NodeResponse): Promise<void> {
  node.statusCode = answer.status
  for (const [name, value] of answer.headers) {
    if (name === 'set-cookie') node.appendHeader(name, value)
    else node.setHeader(name, value)
  }
  const reader = answer.body?.getReader()
  for (;;) {
    const part = await reader?.read()
    if (!part || part.done) break
    if (node.destroyed) {
      await reader?.cancel()
      return
    }
    if (!node.write(part.value)) {
      await new Promise<void>((resolve) => {
        node.once('drain', resolve)
        node.once('close', resolve)
      })
    }
  }
  node.end()
}
