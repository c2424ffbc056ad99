import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'

import { runCommand } from './command.ts'
import { codeBlocks } from './markdown.ts'
import { outcomeOfFaults } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import { repositoryFiles } from './repository-files.ts'
import type { HandlerToRun, TokensToJudge } from './run-examples.ts'

/** Where the blocks are laid out; inside the workspace, so that they find its packages. */
const folder = '.reports/examples'

/**
 * Type-check every block marked `ts compile`, `tsx compile` or `ts run`. Each becomes a module of its own, padded with empty
 * lines so that an error names the page's own line. Those marked `ts run METHOD /path [JSON body]` are executed as well: an
 * API that listens on port 3000, or exports its handler as `fetch` or under the name of the method. `ts run tokens` judges
 * tokens as the provider of the page issues them: the example exports its `api`, and as `changeDetails` what it asks.
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
  const toRun: LaidOut[] = []
  for (const page of pages) {
    for (const { info, line, code } of codeBlocks(readFileSync(join(root, page), 'utf8'))) {
      const run = /^ts run ([A-Z]+) (\/\S*)(?: (.+))?$/.exec(info)
      const judgesTokens = info === 'ts run tokens'
      const extension = run || judgesTokens ? 'ts' : /^(tsx?) compile$/.exec(info)?.[1]
      if (extension === undefined) continue
      const name = `${page.replaceAll('/', '__').replace(/\.md$/, '')}__${line}.${extension}`
      writeFileSync(join(root, folder, name), `${'\n'.repeat(line - 1)}${code}\nexport {}\n`)
      sources.set(name, page)
      const [, method = '', path = '', body] = run ?? []
      const example = { name: `${page}:${line}`, file: join(root, folder, 'run', name) }
      if (run) toRun.push({ ...example, method, path, ...(body !== undefined && { body }) })
      if (judgesTokens) toRun.push({ ...example, provider: basename(page, '.md') })
    }
  }
  if (sources.size === 0) return outcomeOfFaults([])
  writeFileSync(join(root, folder, 'tsconfig.json'), JSON.stringify(settings))
  const { output } = await runCommand('tsc', ['--pretty', 'false', '-p', folder], { cwd: root })
  const faults = output
    .split('\n')
    .filter((text) => text.includes('error TS'))
    .map((text) => nameThePage(text, sources))
  return outcomeOfFaults(faults.length > 0 ? faults : await runExamples(root, toRun))
}

/** An example that has no port yet. */
type LaidOut = Omit<HandlerToRun, 'port'> | TokensToJudge

/** On loopback and free ports, in a process of their own: what an example starts goes with it. */
async function runExamples(root: string, examples: readonly LaidOut[]): Promise<readonly string[]> {
  mkdirSync(join(root, folder, 'run'), { recursive: true })
  const [issuerPort = 0, ...ports] = await freePorts(examples.length + 1)
  const placed = examples.map((example, index) => ({ ...example, port: ports[index] ?? 0 }))
  for (const example of placed) {
    const { file, port } = example
    const source = readFileSync(file.replace(`${folder}/run/`, `${folder}/`), 'utf8')
    const here =
      'provider' in example
        ? source.replaceAll('createResourceServer({', 'createResourceServer({ fetch: foreignFetch,')
        : source
            .replaceAll('https://id.example.com', `http://127.0.0.1:${issuerPort}`)
            .replaceAll(
              'createResourceServer({',
              'createResourceServer({ allowInsecureIssuer: true,',
            )
            .replaceAll(/\b3000\b/g, String(port))
    writeFileSync(file, here)
  }
  const decorated = placed.filter(({ file }) => /^@\w+\(/m.test(readFileSync(file, 'utf8')))
  if (decorated.length > 0)
    await withoutDecorators(
      root,
      decorated.map(({ file }) => file),
    )
  for (const example of decorated) example.file = example.file.replace(/\.ts$/, '.js')
  const list = join(root, folder, 'run', 'list.json')
  writeFileSync(list, JSON.stringify(placed))
  const { code, output } = await runCommand(
    'node',
    ['--conditions=newel-source', 'tools/run-examples.ts', list, String(issuerPort)],
    { cwd: root },
  )
  return code === 0 ? [] : output.trimEnd().split('\n')
}

/** Node runs no decorators: those files are written anew beside themselves, as a build of theirs would. */
async function withoutDecorators(root: string, files: readonly string[]): Promise<void> {
  const place = join(root, folder, 'run', 'tsconfig.json')
  const compilerOptions = {
    ...settings.compilerOptions,
    noEmit: false,
    noCheck: true,
    emitDecoratorMetadata: true,
    allowImportingTsExtensions: false,
    sourceMap: false,
  }
  writeFileSync(
    place,
    JSON.stringify({ extends: '../../../tsconfig.base.json', compilerOptions, files }),
  )
  await runCommand('tsc', ['--pretty', 'false', '-p', place], { cwd: root })
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

const settings = {
  extends: '../../tsconfig.base.json',
  compilerOptions: {
    composite: false,
    declaration: false,
    declarationMap: false,
    noEmit: true,
    // NestJS's are of this kind.
    experimentalDecorators: true,
    rewriteRelativeImportExtensions: false,
    allowImportingTsExtensions: true,
    jsx: 'react-jsx',
    lib: ['es2023', 'dom', 'dom.iterable'],
    types: ['node'],
  },
  include: ['*.ts', '*.tsx'],
  exclude: ['run'],
}

function nameThePage(text: string, sources: ReadonlyMap<string, string>): string {
  for (const [name, page] of sources) {
    const at = text.indexOf(name)
    if (at >= 0) return page + text.slice(at + name.length)
  }
  return text
}
