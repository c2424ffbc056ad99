import type { Command } from 'commander'
import { formatProblem } from '@newel/policy-document'
import type { Finding, PolicyDocumentResult, Problem } from '@newel/policy-document'
import type { Finish } from '../command.ts'
import { documentFile } from '../document/document-file.ts'
import { readDocument } from '../document/read-document.ts'
import { exitCodes } from '../exit-code.ts'
import type { Surroundings } from '../terminal/surroundings.ts'
import { withDocument } from './document-option.ts'
import type { DocumentOption } from './document-option.ts'

interface CheckOptions extends DocumentOption {
  readonly strict?: true
  readonly json?: true
}

export function addCheck(program: Command, surroundings: Surroundings, finish: Finish): void {
  withDocument(program.command('check'))
    .description('find what is wrong in a policy document, and what is legal but wrong')
    .option('--strict', 'warnings fail too')
    .option('--json', 'print problems and findings as JSON')
    .addHelpText(
      'after',
      `
Exits with 1 on a problem, or on a finding of severity error, which \`newel start\` refuses too.

Examples:
  $ newel check
  $ newel check -c deploy/newel.yaml --strict
  $ newel check --json | jq -r '.problems[].code'`,
    )
    .action(async (options: CheckOptions) => {
      const file = documentFile(surroundings.cwd, options.config)
      const result = await readDocument(file)
      const passed = passes(result, options)
      surroundings.print(
        options.json
          ? JSON.stringify({ ok: passed, ...reportOf(result) })
          : textOf(result, file.shown),
      )
      if (!passed) finish(exitCodes.no)
    })
}

interface Report {
  readonly problems: readonly Problem[]
  readonly findings: readonly Finding[]
}

function reportOf(result: PolicyDocumentResult): Report {
  return result.ok
    ? { problems: [], findings: result.findings }
    : { problems: result.problems, findings: [] }
}

function passes(result: PolicyDocumentResult, { strict }: CheckOptions): boolean {
  return result.ok && !result.findings.some(({ severity }) => strict || severity === 'error')
}

function textOf(result: PolicyDocumentResult, shown: string): string {
  const { problems, findings } = reportOf(result)
  const all = [...problems, ...findings]
  return [...all.map(formatProblem), `${shown}: ${summaryOf(problems, findings)}`].join('\n')
}

function summaryOf(problems: readonly Problem[], findings: readonly Finding[]): string {
  const errors = problems.length + findings.filter(({ severity }) => severity === 'error').length
  const warnings = problems.length + findings.length - errors
  const counts = [
    [errors, 'error'],
    [warnings, 'warning'],
  ] as const
  const told = counts.flatMap(([count, word]) =>
    count === 0 ? [] : [`${count} ${word}${count === 1 ? '' : 's'}`],
  )
  return told.length === 0 ? 'nothing wrong' : told.join(', ')
}
