import { checkDependencies } from './check-dependencies.ts'
import { checkExamples } from './check-examples.ts'
import { checkHygiene } from './check-hygiene.ts'
import { checkLayers } from './check-layers.ts'
import { checkLinks } from './check-links.ts'
import { checkPackages } from './check-packages.ts'
import { checkSize } from './check-size.ts'
import { checkThreats } from './check-threats.ts'
import { runCommand } from './command.ts'
import { outcomeOfCommand, outcomeOfFaults } from './outcome.ts'
import type { Check } from './outcome.ts'
import { runPlaywright, runVitest } from './suites.ts'

/** Checks of the tree as it stands; none needs another, so they run side by side. */
const still: readonly Check[] = [
  command('format', 'oxfmt', ['--check']),
  command('types', 'tsc', ['-b', '--pretty', 'false']),
  faults('layers', checkLayers),
  faults('dependencies', checkDependencies),
  faults('hygiene', checkHygiene),
  faults('links', checkLinks),
  faults('threats', checkThreats),
  command('unused', 'knip', ['--no-progress', '--no-config-hints']),
]

/** Checks that read what `types` built: the apps of Next.js import the packages as they are published. */
const built: readonly Check[] = [
  command('lint', 'oxlint', []),
  { name: 'examples', run: checkExamples },
  { name: 'packages', run: checkPackages },
  { name: 'size', run: checkSize },
]

/** Suites with many tests; each takes the whole machine and shows itself live. */
const suites: readonly Check[] = [
  {
    name: 'unit',
    run: (root) => runVitest(root, 'unit', ['--exclude', 'interop/**', '--exclude', 'fault/**']),
  },
  {
    name: 'interop',
    // One file at a time: several lead a browser each, and what a page does in time would depend on the others.
    run: (root) => runVitest(root, 'interop', ['--maxWorkers=1', 'interop/']),
  },
  { name: 'fault', run: (root) => runVitest(root, 'fault', ['fault/']) },
  { name: 'e2e', run: runPlaywright },
]

/** Stages run one after the other; the checks of a stage may overlap. */
export interface Stage {
  readonly checks: readonly Check[]
  readonly concurrency: number
}

export const stages: readonly Stage[] = [
  { checks: still, concurrency: 2 },
  { checks: built, concurrency: 2 },
  { checks: suites, concurrency: 1 },
]

/** Names that stand for several checks on the command line. */
export const groups: Readonly<Record<string, readonly string[]>> = {
  check: [...still, ...built].map(({ name }) => name),
}

function command(name: string, program: string, args: readonly string[]): Check {
  return {
    name,
    run: async (root) => outcomeOfCommand(await runCommand(program, args, { cwd: root })),
  }
}

function faults(name: string, find: (root: string) => readonly string[]): Check {
  return { name, run: (root) => outcomeOfFaults(find(root)) }
}
