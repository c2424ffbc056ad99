import type { PolicyDocument } from '../policy-document.ts'
import { methodsOfUpstream } from '../sections/upstreams-section.ts'
import type { Discovery } from './discovery.ts'

/** An upstream whose answers no level accepts: who signs in through it holds nothing, and is asked for something else at once. */
export function findUpstreamsWithoutLevel(document: PolicyDocument): readonly Discovery[] {
  const accepted = new Set(
    document.levels.all.flatMap(({ accepts }) => accepts.flatMap(({ methods }) => methods)),
  )
  return document.upstreams.flatMap((upstream, index): readonly Discovery[] => {
    if (['federated', ...methodsOfUpstream(upstream)].some((method) => accepted.has(method))) {
      return []
    }
    return [
      {
        severity: 'warning',
        code: 'upstream_without_level',
        path: ['upstreams', index, 'id'],
        message: `no level accepts what a sign-in through \`${upstream.id}\` proves`,
        mend: `accept \`federated:${upstream.id}\` in a level, or remove the upstream`,
      },
    ]
  })
}
