import { failedOnce } from './outcome.ts'
import type { Outcome } from './outcome.ts'

/** The parts of vitest's JSON report that are counted. */
export interface VitestReport {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message?: string
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

/** The parts of Playwright's JSON report that are counted. */
export interface PlaywrightReport {
  readonly errors: readonly { readonly message?: string }[]
  readonly suites: readonly PlaywrightSuite[]
}

interface PlaywrightSuite {
  readonly title: string
  readonly suites?: readonly PlaywrightSuite[]
  readonly specs?: readonly {
    readonly title: string
    /** One for each project that ran it. */
    readonly tests: readonly { readonly status: string }[]
  }[]
}

interface CountedTest {
  readonly title: string
  readonly status: 'passed' | 'failed' | 'skipped'
}

/** Count a vitest run. A file that could not be loaded has no tests and is one failure. */
export function countVitest(report: VitestReport, exitCode: number): Outcome {
  const tests = report.testResults.flatMap((file): readonly CountedTest[] => {
    const results = file.assertionResults.map(({ status, fullName }) => ({
      title: fullName,
      status: vitestStatus(status),
    }))
    const unexplained =
      file.status === 'failed' && !results.some(({ status }) => status === 'failed')
    return unexplained
      ? [...results, { title: `${file.name} (whole file)`, status: 'failed' }]
      : results
  })
  return count(tests, exitCode)
}

function vitestStatus(status: string): CountedTest['status'] {
  if (status === 'passed' || status === 'failed') return status
  return 'skipped'
}

/** Count a Playwright run. A test that only passed at a second try is a failure. */
export function countPlaywright(report: PlaywrightReport, exitCode: number): Outcome {
  const errors = report.errors.map(({ message = 'error outside tests' }): CountedTest => ({
    title: message.split('\n')[0] ?? message,
    status: 'failed',
  }))
  return count(
    [...errors, ...report.suites.flatMap((suite) => playwrightTests(suite, []))],
    exitCode,
  )
}

function playwrightTests(
  suite: PlaywrightSuite,
  parents: readonly string[],
): readonly CountedTest[] {
  const trail = [...parents, suite.title]
  const own = (suite.specs ?? []).flatMap(({ title, tests }) =>
    tests.map(({ status }) => ({
      title: [...trail, title].join(' › '),
      status: playwrightStatus(status),
    })),
  )
  return [...own, ...(suite.suites ?? []).flatMap((inner) => playwrightTests(inner, trail))]
}

function playwrightStatus(status: string): CountedTest['status'] {
  if (status === 'expected') return 'passed'
  return status === 'skipped' ? 'skipped' : 'failed'
}

function count(tests: readonly CountedTest[], exitCode: number): Outcome {
  if (tests.length === 0) return failedOnce('no test was found; an empty suite proves nothing')
  const titles = (wanted: CountedTest['status']) =>
    tests.filter(({ status }) => status === wanted).map(({ title }) => title)
  const [failed, skips] = [titles('failed'), titles('skipped')]
  // A runner that fails without a failed test has seen an unhandled error or died on the way.
  if (failed.length === 0 && exitCode !== 0)
    failed.push(`the runner ended with exit code ${exitCode}`)
  return {
    passed: titles('passed').length,
    failed: failed.length,
    skipped: skips.length,
    report: failed.join('\n'),
    skips,
  }
}
