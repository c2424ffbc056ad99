import type { Guard } from './guard.ts'
import type { Refusal } from './refusal.ts'
import { fetchRequest } from './sent-request.ts'
import type { VerifiedToken } from './verified-token.ts'

/**
 * Protect a fetch-style handler: Deno, Bun, workers, route handlers. It receives the verified token as its second
 * argument, before whatever else the runtime passes. A computed requirement that reads the body gets a clone, so that the
 * handler can read it again.
 */
export function protect<Rest extends readonly unknown[]>(
  guard: Guard<Request>,
  handler: (request: Request, newel: VerifiedToken, ...rest: Rest) => Response | Promise<Response>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    const outcome = await guard.judge(fetchRequest(request), lazyClone(request))
    return outcome.outcome === 'allowed'
      ? handler(request, outcome.token, ...rest)
      : refusalResponse(outcome)
  }
}

/** The answer that a refusal asks for. */
export function refusalResponse(refusal: Refusal): Response {
  return Response.json(refusal.body, { status: refusal.status, headers: refusal.headers })
}

const bodyReaders = new Set([
  'arrayBuffer',
  'blob',
  'body',
  'bytes',
  'formData',
  'json',
  'text',
  'clone',
])

/** The request, cloned once its body is asked for. */
function lazyClone(request: Request): Request {
  let clone: Request | undefined
  return new Proxy(request, {
    get(target, property) {
      const source =
        typeof property === 'string' && bodyReaders.has(property)
          ? (clone ??= target.clone())
          : target
      const value: unknown = Reflect.get(source, property, source)
      return typeof value === 'function' ? (value.bind(source) as unknown) : value
    },
  })
}
