import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { runCommand } from './command.ts'
import { failedOnce, outcomeOfCommand } from './outcome.ts'
import type { Outcome } from './outcome.ts'

const folder = '.reports/size'

/** What a page takes of the client, by the name of its bundle; `.size-limit.json` says how large each may be. */
const bundles: Readonly<Record<string, readonly [path: string, names: string]>> = {
  core: ['browser', 'createBrowserClient, ClientError, StepUpError'],
  callback: ['browser', 'completePopup'],
  everything: ['browser', '* as all'],
  react: ['react', '* as all'],
  'oidc-client-ts': ['oidc-client-ts', 'createStepUpFetch'],
  'keycloak-js': ['keycloak-js', 'createStepUpFetch'],
  auth0: ['auth0', 'createStepUpFetch'],
}

/**
 * Bundle the client as an app's bundler would, without the notes that are for the bundler, and hold what is sent (gzip) to
 * its limits: `app.js` first, the files beside it when they are wanted. `tsc -b` must have run.
 */
export async function checkSize(root: string): Promise<Outcome> {
  rmSync(join(root, folder), { recursive: true, force: true })
  mkdirSync(join(root, folder), { recursive: true })
  for (const [name, [path, taken]] of Object.entries(bundles)) {
    const entry = join(folder, `${name}.entry.js`)
    const names = taken.replace('* as ', '')
    writeFileSync(
      join(root, entry),
      `import ${taken === names ? `{ ${taken} }` : taken} from '../../packages/client/dist/${path}.js'\n` +
        `globalThis.app = [${names}]\n`,
    )
    const bundled = await runCommand(
      'rolldown',
      [
        `./${entry}`,
        '--minify',
        '--no-comments',
        '--platform=browser',
        '--external=react',
        `--dir=${join(folder, name)}`,
        '--entry-file-names=app.js',
      ],
      { cwd: root },
    )
    if (bundled.code !== 0) return failedOnce(bundled.output)
  }
  return outcomeOfCommand(await runCommand('size-limit', [], { cwd: root }))
}
