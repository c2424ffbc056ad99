import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { runCommand } from './command.ts'
import { failedOnce, outcomeOfCommand } from './outcome.ts'
import type { Outcome } from './outcome.ts'

const folder = '.reports/size'

/** What a page takes of the browser client; `.size-limit.json` says how large each may be. */
const bundles: Readonly<Record<string, string>> = {
  core: 'createBrowserClient, ClientError, StepUpError',
  callback: 'completePopup',
  everything: '*',
}

/** Bundle the browser client as an app's bundler would, and hold what is sent (gzip) to its limits. `tsc -b` must have run. */
export async function checkSize(root: string): Promise<Outcome> {
  mkdirSync(join(root, folder), { recursive: true })
  for (const [name, taken] of Object.entries(bundles)) {
    const entry = join(folder, `${name}.entry.js`)
    const names = taken === '*' ? taken : `{ ${taken} }`
    writeFileSync(
      join(root, entry),
      `export ${names} from '../../packages/client/dist/browser.js'\n`,
    )
    const bundled = await runCommand(
      'rolldown',
      [`./${entry}`, '--file', join(folder, `${name}.js`), '--minify', '--platform=browser'],
      { cwd: root },
    )
    if (bundled.code !== 0) return failedOnce(bundled.output)
  }
  return outcomeOfCommand(await runCommand('size-limit', [], { cwd: root }))
}
