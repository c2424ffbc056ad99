import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { repositoryFiles } from './repository-files.ts'

/** Largest file that belongs in the repository, in bytes; the lock file is the largest today. */
const largestBytes = 1024 * 1024

/** What no file may hold, and why. */
const forbidden: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  { pattern: /(^|[\s"'`(=:])\/(root|home\/\w+|Users\/\w+|work)\//, why: 'a path of one machine' },
  { pattern: /(^|[^\w])[A-Z]:\\Users\\/, why: 'a path of one machine' },
  { pattern: /^(<{7}|>{7}|\|{7}) /, why: 'a mark of an unfinished merge' },
  { pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----/, why: 'a private key' },
  { pattern: /\bregistry\.npmjs\.org\b/, why: 'the address of a registry' },
]

/** Files whose subject is one of the patterns above. */
const exempt = new Set(['tools/check-hygiene.ts', 'tools/check-hygiene.test.ts'])

/** Nothing of one machine, one person or one secret is in the repository. */
export function checkHygiene(root: string): readonly string[] {
  return repositoryFiles(root).flatMap((path) => {
    const { size } = statSync(join(root, path))
    if (size > largestBytes) return [`${path}: ${size} bytes; the limit is ${largestBytes}`]
    if (exempt.has(path)) return []
    const bytes = readFileSync(join(root, path))
    return bytes.includes(0) ? [] : hygieneFaults(path, bytes.toString('utf8'))
  })
}

/** What one text holds that it should not. */
export function hygieneFaults(path: string, text: string): readonly string[] {
  const faults: string[] = []
  for (const [index, line] of text.split('\n').entries()) {
    for (const { pattern, why } of forbidden) {
      if (pattern.test(line)) faults.push(`${path}:${index + 1}: holds ${why}`)
    }
  }
  return faults
}
