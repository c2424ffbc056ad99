import { fieldOf } from './form-body.ts'
import type { InteractionVisit } from './interaction-visit.ts'
import type { RefusedAnswer } from './refused-answer.ts'

/** How a visit to an upstream ended where it did not lead on. */
export type UpstreamNotice = (typeof notices)[number]

const notices = [
  'upstream_denied',
  'upstream_unavailable',
  'upstream_failed',
  'upstream_insufficient',
  'upstream_unlinked',
  'different_user',
] as const

/** What the address says of it. Anybody may write the address, so it chooses among our own words and changes nothing. */
export function upstreamNotice({
  request,
}: Pick<InteractionVisit, 'request'>): RefusedAnswer | undefined {
  const stated = fieldOf(request.query, 'notice')
  const error = notices.find((notice) => notice === stated)
  return error === undefined ? undefined : { error, status: 200 }
}
