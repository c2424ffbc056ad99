import type { Finding, Problem } from '../problem.ts'
import { type Path, renderPath } from './path.ts'

/** Where in the text a path stands. */
export interface Positions {
  /** Absent: not known. `offset` counts within the text of a scalar, as its author reads it. */
  locate(path: Path, at: 'key' | 'value', offset?: number): Position | undefined
}

export interface Position {
  readonly line: number
  readonly column: number
}

export interface Complaint {
  readonly code: string
  readonly path: Path
  /** Point at the key instead of the value. */
  readonly at?: 'key' | 'value'
  /** Point into the value: a count of UTF-16 units from its start. */
  readonly offset?: number
  /** Known without a path: a syntax error. */
  readonly position?: Position
  readonly message: string
  readonly mend: string
}

/** Collects every problem of a document, so that one reading reports all. */
export class ProblemList {
  readonly #problems: Problem[] = []
  readonly #findings: Finding[] = []
  readonly #positions: Positions
  readonly #fileName: string | undefined

  constructor(positions: Positions, fileName: string | undefined) {
    this.#positions = positions
    this.#fileName = fileName
  }

  add(complaint: Complaint): void {
    this.#problems.push(this.#place(complaint))
  }

  addFinding(severity: Finding['severity'], complaint: Complaint): void {
    this.#findings.push({ ...this.#place(complaint), severity })
  }

  get count(): number {
    return this.#problems.length
  }

  /** In the order of the document. */
  problems(): readonly Problem[] {
    return this.#problems.toSorted(byPosition)
  }

  /** In the order of the document. */
  findings(): readonly Finding[] {
    return this.#findings.toSorted(byPosition)
  }

  #place({ code, path, at, offset, message, mend, ...known }: Complaint): Problem {
    const position = known.position ?? this.#positions.locate(path, at ?? 'value', offset)
    return {
      code,
      path: renderPath(path),
      ...position,
      ...(this.#fileName !== undefined && { fileName: this.#fileName }),
      message,
      mend,
    }
  }
}

export const noPositions: Positions = { locate: () => undefined }

function byPosition(a: Problem, b: Problem): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)
}
