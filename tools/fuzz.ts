/**
 * `npm run fuzz -- --times 20 [--seed N] [vitest's own arguments]`: every test that feeds a parser with what anybody may
 * send, that many times longer than `npm test` does, with randomness of its own unless a seed is given.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { runCommand } from './command.ts'
import { repositoryFiles } from './repository-files.ts'

const root = join(import.meta.dirname, '..')
const { values, positionals } = parseArgs({
  options: { times: { type: 'string', default: '20' }, seed: { type: 'string' } },
  allowPositionals: true,
})
if (![values.times, values.seed ?? '1'].every((text) => /^[1-9]\d*$/.test(text))) {
  console.error('`--times` and `--seed` are whole numbers, 1 or more')
  process.exit(2)
}

const files = repositoryFiles(root).filter(
  (path) =>
    path.endsWith('.test.ts') &&
    readFileSync(join(root, path), 'utf8').includes("from '@newel/testing/fuzz'"),
)
const { code } = await runCommand('vitest', ['run', '--testTimeout=0', ...files, ...positionals], {
  cwd: root,
  live: true,
  env: {
    FUZZ_TIMES: values.times,
    ...(values.seed === undefined ? {} : { FUZZ_SEED: values.seed }),
  },
})
process.exitCode = code
