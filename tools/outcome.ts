import type { CommandResult } from './command.ts'

/** What one check found, in the counts of the closing line. */
export interface Outcome {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** What a person needs to mend it; empty where all is well. */
  readonly report: string
  /** Names of what was left out, printed again at the end so that nobody takes it for a pass. */
  readonly skips: readonly string[]
}

/** One named check of the run. */
export interface Check {
  readonly name: string
  readonly run: (root: string) => Promise<Outcome> | Outcome
}

/** A check that passes with no faults; it counts once, however many faults there are. */
export function outcomeOfFaults(faults: readonly string[]): Outcome {
  return faults.length === 0 ? passedOnce : failedOnce(faults.join('\n'))
}

/** A check that is a command: exit code 0 passes. */
export function outcomeOfCommand({ code, output }: CommandResult): Outcome {
  return code === 0 ? passedOnce : failedOnce(output.trimEnd() || `exit code ${code}`)
}

export function failedOnce(report: string): Outcome {
  return { passed: 0, failed: 1, skipped: 0, report, skips: [] }
}

const passedOnce: Outcome = { passed: 1, failed: 0, skipped: 0, report: '', skips: [] }

/** The closing line that scripts read. */
export function closingLine(outcomes: readonly Outcome[]): string {
  const sum = (key: 'passed' | 'failed' | 'skipped') =>
    outcomes.reduce((total, outcome) => total + outcome[key], 0)
  return `${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`
}
