import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { fieldOf } from '../interaction/form-body.ts'
import { queryOf } from './query-of.ts'
import type { InteractionDependencies } from '../interaction/interaction-dependencies.ts'
import { sendErrorPage } from '../interaction/send-page.ts'
import { findUpstreamRequest } from './upstream-request.ts'

/**
 * Where upstreams send browsers back to. The cookie of an interaction is seen below its own address alone, so the answer
 * is only led there; who may give it, and once, is judged there.
 */
export function registerUpstreamCallback(
  app: FastifyInstance,
  desk: InteractionDependencies,
): void {
  app.get(
    `${desk.basePath}/federation/:upstream/callback`,
    async (request, reply): Promise<FastifyReply> => {
      const address = await placeOf(desk, request)
      if (address === undefined) {
        sendErrorPage(desk, reply, 'interaction_expired', 400)
        return reply
      }
      const query = queryOf(request)
      return reply
        .header('cache-control', 'no-store')
        .header('referrer-policy', 'same-origin')
        .redirect(`${address}?${query}`, 303)
    },
  )
}

async function placeOf(
  { store, basePath, clock }: InteractionDependencies,
  { params, query }: FastifyRequest,
): Promise<string | undefined> {
  const state = fieldOf(query, 'state')
  if (state === undefined) return undefined
  const asked = await findUpstreamRequest(store.artifacts, state, clock())
  if (asked === undefined || asked.upstream !== fieldOf(params, 'upstream')) return undefined
  const { purpose, place, upstream } = asked
  return purpose === 'link'
    ? `${basePath}/account/link/${upstream}/return`
    : `${basePath}/interaction/${encodeURIComponent(place)}/upstream/${upstream}/return`
}
