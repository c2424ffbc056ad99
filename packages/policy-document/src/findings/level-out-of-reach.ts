import type { PolicyDocument } from '../policy-document.ts'
import type { Discovery } from './discovery.ts'
import { isOffered, isWithinReach } from './reach.ts'

/** A level that no offered method can reach: every request for it fails. */
export function findLevelsOutOfReach(document: PolicyDocument): readonly Discovery[] {
  return document.levels.all
    .filter((level) => !isWithinReach(document, level))
    .map((level) => {
      const lacking = new Set(
        level.accepts.flatMap(({ methods }) =>
          methods.filter((method) => !isOffered(document, method)),
        ),
      )
      return {
        severity: 'warning',
        code: 'level_out_of_reach',
        path: ['levels', level.name, 'accepts'],
        at: 'key',
        message: `no offered method can reach the level \`${level.name}\``,
        mend:
          lacking.has('federated') && document.upstreams.length === 0
            ? 'declare a provider under `upstreams`, or accept another method'
            : `enable ${listOf(lacking)} under \`methods\`, or accept another method`,
      }
    })
}

function listOf(methods: Iterable<string>): string {
  return [...methods].map((method) => `\`${method}\``).join(' or ')
}
