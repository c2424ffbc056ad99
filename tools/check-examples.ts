import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { runCommand } from './command.ts'
import { codeBlocks } from './markdown.ts'
import { outcomeOfFaults } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import { repositoryFiles } from './repository-files.ts'

/** Where the blocks are laid out; inside the workspace, so that they find its packages. */
const folder = '.reports/examples'

/**
 * Type-check every block marked `ts compile` or `tsx compile`. Each becomes a module of its own, padded with empty
 * lines so that an error names the page's own line.
 */
export async function checkExamples(root: string): Promise<Outcome> {
  const pages = repositoryFiles(root).filter((path) =>
    /^(README\.md|CONTRIBUTING\.md|docs\/.*\.md|(packages|examples)\/[^/]+\/README\.md)$/.test(
      path,
    ),
  )
  rmSync(join(root, folder), { recursive: true, force: true })
  mkdirSync(join(root, folder), { recursive: true })
  const sources = new Map<string, string>()
  for (const page of pages) {
    for (const { info, line, code } of codeBlocks(readFileSync(join(root, page), 'utf8'))) {
      const extension = /^(tsx?) compile$/.exec(info)?.[1]
      if (extension === undefined) continue
      const name = `${page.replaceAll('/', '__').replace(/\.md$/, '')}__${line}.${extension}`
      writeFileSync(join(root, folder, name), `${'\n'.repeat(line - 1)}${code}\nexport {}\n`)
      sources.set(name, page)
    }
  }
  if (sources.size === 0) return outcomeOfFaults([])
  writeFileSync(join(root, folder, 'tsconfig.json'), JSON.stringify(settings))
  const { output } = await runCommand('tsc', ['--pretty', 'false', '-p', folder], { cwd: root })
  return outcomeOfFaults(
    output
      .split('\n')
      .filter((text) => text.includes('error TS'))
      .map((text) => nameThePage(text, sources)),
  )
}

const settings = {
  extends: '../../tsconfig.base.json',
  compilerOptions: {
    composite: false,
    declaration: false,
    declarationMap: false,
    noEmit: true,
    rewriteRelativeImportExtensions: false,
    allowImportingTsExtensions: true,
    jsx: 'react-jsx',
    lib: ['es2023', 'dom', 'dom.iterable'],
    types: ['node'],
  },
  include: ['*.ts', '*.tsx'],
}

function nameThePage(text: string, sources: ReadonlyMap<string, string>): string {
  for (const [name, page] of sources) {
    const at = text.indexOf(name)
    if (at >= 0) return page + text.slice(at + name.length)
  }
  return text
}
