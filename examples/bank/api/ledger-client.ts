import type { FastifyReply, FastifyRequest } from 'fastify'

/** Calls the ledger in the name of the person who called the bank: with their token, and with their idempotency key. */
export class LedgerClient {
  readonly #address: string

  constructor(address: string) {
    this.#address = address
  }

  statement(request: FastifyRequest): Promise<Response> {
    return this.#send(request, '/statement')
  }

  transfer(request: FastifyRequest, body: unknown): Promise<Response> {
    return this.#send(request, '/transfers', { method: 'POST', body: JSON.stringify(body) })
  }

  #send(request: FastifyRequest, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers({ 'content-type': 'application/json' })
    for (const name of ['authorization', 'idempotency-key']) {
      const value = request.headers[name]
      if (typeof value === 'string') headers.set(name, value)
    }
    return fetch(new URL(path, this.#address), {
      ...init,
      headers,
      signal: AbortSignal.timeout(10_000),
    })
  }
}

const relayed = ['content-type', 'cache-control', 'retry-after', 'www-authenticate']

/**
 * Hand the ledger's answer on. Its challenge must reach the app as it is: the person steps up for the ledger just as for
 * the API, and neither knows that there are two.
 */
export async function relay(reply: FastifyReply, response: Response): Promise<FastifyReply> {
  for (const name of relayed) {
    const value = response.headers.get(name)
    if (value !== null) reply.header(name, value)
  }
  return reply.code(response.status).send(await response.text())
}
