import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { runCommand } from './command.ts'
import { ChromiumMissingError, findChromium } from './find-chromium.ts'
import { failedOnce } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import { countPlaywright, countVitest } from './reports.ts'
import type { PlaywrightReport, VitestReport } from './reports.ts'
import { readJson } from './workspace.ts'

/** Run the vitest files that `selection` (vitest's own arguments) leaves, shown live. */
export async function runVitest(
  root: string,
  name: string,
  selection: readonly string[],
): Promise<Outcome> {
  const file = freshReport(root, name)
  const { code } = await runCommand(
    'vitest',
    [
      'run',
      '--passWithNoTests',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
      ...selection,
    ],
    { cwd: root, live: true },
  )
  if (!existsSync(file)) return failedOnce(`vitest wrote no report; exit code ${code}`)
  return countVitest(readJson(file) as VitestReport, code)
}

/** Run the browser tests, shown live. */
export async function runPlaywright(root: string): Promise<Outcome> {
  const file = freshReport(root, 'e2e')
  let chromium: string
  try {
    chromium = findChromium()
  } catch (error) {
    if (error instanceof ChromiumMissingError) return failedOnce(error.message)
    throw error
  }
  const { code } = await runCommand('playwright', ['test'], {
    cwd: root,
    live: true,
    // The tests and the servers that they start read the packages' sources.
    env: {
      CHROME_PATH: chromium,
      NODE_OPTIONS: '--conditions=newel-source',
      PLAYWRIGHT_JSON_OUTPUT_FILE: file,
    },
  })
  if (!existsSync(file)) return failedOnce(`playwright wrote no report; exit code ${code}`)
  return countPlaywright(readJson(file) as PlaywrightReport, code)
}

/** The path of a report that is not there yet, so that an old one is never counted. */
function freshReport(root: string, name: string): string {
  mkdirSync(join(root, '.reports'), { recursive: true })
  const file = join(root, '.reports', `${name}.json`)
  rmSync(file, { force: true })
  return file
}
