import type { FastifyRequest } from 'fastify'

/** The query of a request as it was sent, without the question mark. */
export function queryOf({ url }: Pick<FastifyRequest, 'url'>): string {
  const at = url.indexOf('?')
  return at < 0 ? '' : url.slice(at + 1)
}
