/**
 * Everything that CI runs, or the checks and groups named as arguments. Ends with one line
 * `N passed, N failed, N skipped`; the exit code is 0 where nothing failed.
 */
import { join } from 'node:path'

import { groups, stages } from './checks.ts'
import type { Stage } from './checks.ts'
import { closingLine, failedOnce } from './outcome.ts'
import type { Check, Outcome } from './outcome.ts'

interface Result {
  readonly name: string
  readonly outcome: Outcome
}

const root = join(import.meta.dirname, '..')

const wanted = chosenNames(process.argv.slice(2))
if (typeof wanted === 'string') {
  console.error(wanted)
  process.exit(2)
}
const results: Result[] = []
for (const { checks, concurrency } of stages) {
  const chosen = checks.filter(({ name }) => wanted.has(name))
  results.push(...(await runStage({ checks: chosen, concurrency })))
}
printSkips(results)
printFailures(results)
console.log(`\n${closingLine(results.map(({ outcome }) => outcome))}`)
process.exitCode = results.some(({ outcome }) => outcome.failed > 0) ? 1 : 0

/** The names asked for with groups opened; all where none is; a message where one is unknown. */
function chosenNames(names: readonly string[]): ReadonlySet<string> | string {
  const known = new Set(stages.flatMap(({ checks }) => checks.map(({ name }) => name)))
  if (names.length === 0) return known
  const opened = names.flatMap((name) => groups[name] ?? [name])
  const unknown = opened.find((name) => !known.has(name))
  if (unknown === undefined) return new Set(opened)
  return `no check is called \`${unknown}\`; there are: ${[...known, ...Object.keys(groups)].join(', ')}`
}

/** Start checks as places come free, and tell of them in their order. */
async function runStage({ checks, concurrency }: Stage): Promise<readonly Result[]> {
  const finished: Promise<void>[] = []
  const running = checks.map((check, at) => {
    const place = at < concurrency ? Promise.resolve() : finished[at - concurrency]
    const timed = (async () => {
      await place
      return runTimed(check, concurrency === 1)
    })()
    finished.push(timed.then(() => undefined))
    return { name: check.name, timed }
  })
  const stage: Result[] = []
  for (const { name, timed } of running) {
    if (concurrency > 1) console.log(`\n── ${name}`)
    const { outcome, seconds } = await timed
    console.log(verdict(name, outcome, seconds))
    if (outcome.failed > 0) console.log(indent(outcome.report))
    stage.push({ name, outcome })
  }
  return stage
}

async function runTimed(
  check: Check,
  heading: boolean,
): Promise<{ outcome: Outcome; seconds: number }> {
  if (heading) console.log(`\n── ${check.name}`)
  const begin = performance.now()
  const outcome = await outcomeOf(check)
  return { outcome, seconds: (performance.now() - begin) / 1000 }
}

/** A check that throws is a failed check; the others still run. */
async function outcomeOf(check: Check): Promise<Outcome> {
  try {
    return await check.run(root)
  } catch (error) {
    return failedOnce(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
}

function verdict(name: string, { passed, failed, skipped }: Outcome, seconds: number): string {
  const word = failed > 0 ? 'FAILED' : 'ok'
  const total = passed + failed + skipped
  const counts =
    total > 1 ? `: ${passed} of ${total}${skipped > 0 ? `, ${skipped} SKIPPED` : ''}` : ''
  return `   ${word} ${name}${counts} (${seconds.toFixed(1)} s)`
}

function printSkips(all: readonly Result[]): void {
  const skips = all.flatMap(({ name, outcome }) =>
    outcome.skips.map((title) => `   ${name}: ${title}`),
  )
  if (skips.length > 0) console.log(`\n══ SKIPPED, not proved by this run\n${skips.join('\n')}`)
}

function printFailures(all: readonly Result[]): void {
  const failed = all.filter(({ outcome }) => outcome.failed > 0)
  if (failed.length === 0) return
  console.log('\n══ FAILED')
  for (const { name, outcome } of failed) {
    console.log(`   ${name}\n${indent(outcome.report.split('\n').slice(0, 20).join('\n'))}`)
  }
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '      ')
}
