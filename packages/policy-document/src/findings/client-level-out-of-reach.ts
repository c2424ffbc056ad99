import type { PolicyDocument } from '../policy-document.ts'
import { clientLevelsOf } from './client-levels.ts'
import type { Discovery } from './discovery.ts'
import { isWithinReach } from './reach.ts'

/** A client that asks a level which nothing offered can reach: nobody could sign in to it. */
export function findClientLevelsOutOfReach(document: PolicyDocument): readonly Discovery[] {
  return clientLevelsOf(document).flatMap(({ who, path, levels }) =>
    (['minimum', 'default'] as const).flatMap((key): readonly Discovery[] => {
      const acr = levels[key]
      if (acr === undefined) return []
      const reachable = document.levels.all.some(
        (level) => document.levels.satisfies(level.acr, acr) && isWithinReach(document, level),
      )
      if (reachable) return []
      return [
        {
          severity: 'error',
          code: 'client_level_out_of_reach',
          path: [...path, key],
          message: `no offered method can reach the ${key} level \`${acr}\` of ${who}`,
          mend: 'choose another level, or enable a method that reaches it',
        },
      ]
    }),
  )
}
