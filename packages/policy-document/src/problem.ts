/** Why a document is refused: what, where, and how to mend it. */
export interface Problem {
  /** Stable, for scripts. */
  readonly code: string
  /** Place in the document, such as `levels.mfa.accepts[1]`. Empty: the document as a whole. */
  readonly path: string
  /** Counted from 1. Absent: the document came as an object, not as text. */
  readonly line?: number
  /** Counted from 1, in UTF-16 units. */
  readonly column?: number
  readonly fileName?: string
  readonly message: string
  /** What to write instead. */
  readonly mend: string
}

/** Legal but wrong. A finding of severity `error` is no reason to refuse the document, but one not to serve with it. */
export interface Finding extends Problem {
  readonly severity: 'error' | 'warning'
}

/** Two lines for a terminal: place, severity, code and message; then the mend. */
export function formatProblem(problem: Problem | Finding): string {
  const severity = 'severity' in problem ? problem.severity : 'error'
  const place = [problem.fileName, problem.line, problem.column].filter(
    (part) => part !== undefined,
  )
  const prefix = place.length === 0 ? '' : `${place.join(':')}: `
  const path = problem.line === undefined && problem.path !== '' ? `${problem.path}: ` : ''
  return `${prefix}${severity} ${problem.code}: ${path}${problem.message}\n  mend: ${problem.mend}`
}
