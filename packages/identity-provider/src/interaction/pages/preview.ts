/**
 * Every page in every state as files, to look at: `node --conditions=newel-source preview.ts OUTDIR`. Development only.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { assets } from '../assets/index.ts'
import { previews } from './preview-states.ts'

const [, , outdir] = process.argv
if (outdir === undefined) {
  process.stderr.write('usage: node --conditions=newel-source preview.ts OUTDIR\n')
  process.exit(2)
}

const write = (path: string, body: string | Buffer): void => {
  const file = join(outdir, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, body)
}
for (const { path, body } of assets) write(path, body)
for (const [name, page] of Object.entries(previews)) write(`${name}.html`, page)
process.stdout.write(
  `${Object.keys(previews).length} pages in ${outdir}; serve it at the root of an origin\n`,
)
