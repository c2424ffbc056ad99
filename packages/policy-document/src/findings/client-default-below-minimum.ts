import type { PolicyDocument } from '../policy-document.ts'
import { clientLevelsOf } from './client-levels.ts'
import type { Discovery } from './discovery.ts'

/** A client, or every one that registers itself, whose default level would never be enough for it. */
export function findClientDefaultBelowMinimum(document: PolicyDocument): readonly Discovery[] {
  return clientLevelsOf(document).flatMap(({ who, path, levels }): readonly Discovery[] => {
    const { minimum, default: byDefault } = levels
    if (minimum === undefined || byDefault === undefined) return []
    if (document.levels.satisfies(byDefault, minimum)) return []
    return [
      {
        severity: 'error',
        code: 'client_default_below_minimum',
        path: [...path, 'default'],
        message: `the default \`${byDefault}\` of ${who} does not satisfy its minimum \`${minimum}\``,
        mend: 'raise the default, or lower the minimum',
      },
    ]
  })
}
