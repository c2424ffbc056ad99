/** Mends package-lock.json after an `npm install` against a registry that does not hold every platform's packages. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { completeLockFile, missingOptionals } from './lock-file.ts'
import type { LockFile } from './lock-file.ts'

const path = join(import.meta.dirname, '..', 'package-lock.json')
const lock = JSON.parse(readFileSync(path, 'utf8')) as LockFile
const completed = completeLockFile(lock)
writeFileSync(path, `${JSON.stringify(completed, null, 2)}\n`)
const [before, after] = [missingOptionals(lock), missingOptionals(completed)]
console.log(
  `package-lock.json: ${before.length - after.length} added, ${after.length} still missing`,
)
process.exitCode = after.length > 0 ? 1 : 0
