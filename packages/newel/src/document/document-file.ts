import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { CommandError } from '../command-error.ts'

/** Where a policy document is. */
export interface DocumentFile {
  readonly path: string
  /** As the operator calls it; messages use it. */
  readonly shown: string
  /** Files that the document names, and the data by default, are found from here. */
  readonly directory: string
}

const usualNames = ['newel.yaml', 'newel.yml', 'newel.json', 'newel.config.ts', 'newel.config.js']

/** The file that was named, or the first of the usual names that exists. */
export function documentFile(cwd: string, named: string | undefined): DocumentFile {
  const shown = named ?? usualNames.find((name) => existsSync(resolve(cwd, name)))
  if (shown === undefined) {
    throw new CommandError(
      'document_missing',
      'there is no newel.yaml in this folder',
      'name the policy document with -c FILE',
    )
  }
  const path = resolve(cwd, shown)
  return { path, shown, directory: dirname(path) }
}
