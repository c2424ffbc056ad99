import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Paths below `root`, with `/`, that are in the repository or are new and not ignored. */
export function repositoryFiles(root: string): readonly string[] {
  const listed = execFileSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  )
  // A file deleted but not yet committed is still listed.
  return listed.split('\0').filter((path) => path !== '' && existsSync(join(root, path)))
}
