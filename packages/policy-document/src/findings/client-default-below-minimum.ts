import type { PolicyDocument } from '../policy-document.ts'
import type { Discovery } from './discovery.ts'

/** A client whose default level would never be enough for it. */
export function findClientDefaultBelowMinimum(document: PolicyDocument): readonly Discovery[] {
  return document.clients.flatMap((client, index): readonly Discovery[] => {
    const { id, minimum, default: byDefault } = client
    if (minimum === undefined || byDefault === undefined) return []
    if (document.levels.satisfies(byDefault, minimum)) return []
    return [
      {
        severity: 'error',
        code: 'client_default_below_minimum',
        path: ['clients', index, 'default'],
        message: `the default \`${byDefault}\` of the client \`${id}\` does not satisfy its minimum \`${minimum}\``,
        mend: 'raise the default, or lower the minimum',
      },
    ]
  })
}
