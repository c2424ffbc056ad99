import type { Finding } from '../problem.ts'
import type { Path } from '../source/path.ts'

/** A finding before its place in the text is known. */
export interface Discovery {
  readonly severity: Finding['severity']
  readonly code: string
  readonly path: Path
  readonly at?: 'key' | 'value'
  readonly message: string
  readonly mend: string
}
