import type { PolicyDocument } from '../policy-document.ts'
import type { Path } from '../source/path.ts'

/** The levels of a client of the document, or of those that register themselves. */
export interface ClientLevels {
  /** For messages. */
  readonly who: string
  readonly path: Path
  readonly levels: { readonly minimum?: string; readonly default?: string }
}

export function clientLevelsOf({ clients, registration }: PolicyDocument): readonly ClientLevels[] {
  return [
    ...clients.map((client, index) => ({
      who: `the client \`${client.id}\``,
      path: ['clients', index],
      levels: client,
    })),
    ...(registration === undefined
      ? []
      : [{ who: 'clients that register', path: ['registration'], levels: registration }]),
  ]
}
