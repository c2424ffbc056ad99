import { request as httpRequest } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Record<string, unknown>
}

/** One call over a real connection. Node's own client, since `fetch` cannot repeat a header. */
export function send(
  origin: string,
  path: string,
  options: {
    method?: string
    authorization?: string | readonly string[] | undefined
    headers?: Record<string, string>
    json?: unknown
  } = {},
): Promise<Answer> {
  const { method = 'GET', authorization, headers = {}, json } = options
  return new Promise((resolve, reject) => {
    const request = httpRequest(origin + path, { method, agent: false, headers })
    if (authorization !== undefined) {
      request.setHeader('authorization', authorization)
    }
    if (json !== undefined) request.setHeader('content-type', 'application/json')
    request.on('error', reject)
    request.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => {
        let body: unknown = {}
        try {
          body = JSON.parse(text)
        } catch {
          // Only JSON answers are of interest.
        }
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: body as Record<string, unknown>,
        })
      })
    })
    request.end(json === undefined ? undefined : JSON.stringify(json))
  })
}
