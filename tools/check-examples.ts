import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'

import { runCommand } from './command.ts'
import { codeBlocks } from './markdown.ts'
import { outcomeOfFaults } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import { repositoryFiles } from './repository-files.ts'
import type { ChallengeToRead, HandlerToRun, TokensToJudge } from './run-examples.ts'

/** One that `interop/examples/main.ts` runs. */
export interface ClientExample {
  /** Page and line. */
  readonly name: string
  /** The page alone. */
  readonly page: string
  /** Where it lies; it is written anew there, with the addresses of the run. */
  readonly file: string
  readonly kind: string
  /** What follows the kind in the line above the code. */
  readonly asks: string
}

/** Where the blocks are laid out; inside the workspace, so that they find its packages. */
const folder = '.reports/examples'

/**
 * Type-check every block marked `compile` or `run`, of `ts` or `tsx`. Each becomes a module of its own, padded with empty
 * lines so that an error names the page's own line. Those marked `run` are executed as well:
 *
 * - `ts run METHOD /path [JSON body]`: an API that listens on port 3000, or exports its handler as `fetch` or under the name
 *   of the method.
 * - `ts run tokens [PROVIDER]`: judges tokens as that provider issues them, or the one that the page is about: the example
 *   exports its `api`, and as `changeDetails` what it asks.
 * - `ts run challenge LEVEL TEXT`: exports a function of an API's answer, which makes this text of a challenge for the level.
 * - `run bff`, `command` and the other kinds of `interop/examples/main.ts`: a client, for a real provider and its people.
 */
export async function checkExamples(root: string): Promise<Outcome> {
  const pages = repositoryFiles(root).filter((path) =>
    /^(README\.md|CONTRIBUTING\.md|docs\/.*\.md|(packages|examples)\/[^/]+\/README\.md)$/.test(
      path,
    ),
  )
  rmSync(join(root, folder), { recursive: true, force: true })
  mkdirSync(join(root, folder, 'run'), { recursive: true })
  const sources = new Map<string, string>()
  const toRun: LaidOut[] = []
  const clients: ClientExample[] = []
  const unchecked: string[] = []
  for (const page of pages) {
    for (const { info, line, code } of codeBlocks(readFileSync(join(root, page), 'utf8'))) {
      const [, extension, how = ''] = /^(tsx?) (compile|run .+)$/.exec(info) ?? []
      if (extension === undefined) {
        if (/^tsx?\b/.test(info)) unchecked.push(`${page}:${line}: neither \`compile\` nor \`run\``)
        continue
      }
      const name = `${page.replaceAll('/', '__').replace(/\.md$/, '')}__${line}.${extension}`
      writeFileSync(join(root, folder, name), `${'\n'.repeat(line - 1)}${code}\nexport {}\n`)
      sources.set(name, page)
      const place = { name: `${page}:${line}`, file: join(root, folder, 'run', name) }
      const client = /^run ([a-z-]+)(?: (.+))?$/.exec(how)
      const run = laidOut(how, place, page)
      if (run) toRun.push(run)
      else if (client)
        clients.push({ ...place, page, kind: client[1] ?? '', asks: client[2] ?? '' })
    }
  }
  if (sources.size === 0 || unchecked.length > 0) return outcomeOfFaults(unchecked)
  writeFileSync(join(root, folder, 'tsconfig.json'), JSON.stringify(settings))
  const { output } = await runCommand('tsc', ['--pretty', 'false', '-p', folder], { cwd: root })
  const faults = output
    .split('\n')
    .filter((text) => text.includes('error TS'))
    .map((text) => nameThePage(text, sources))
  if (faults.length > 0) return outcomeOfFaults(faults)
  return outcomeOfFaults([
    ...(await runExamples(root, toRun)),
    ...(await runClientExamples(root, clients)),
  ])
}

/** An example that has no port yet. */
type LaidOut = Omit<HandlerToRun, 'port'> | TokensToJudge | ChallengeToRead

/** Undefined: it is not for `run-examples.ts`. */
function laidOut(
  how: string,
  place: { readonly name: string; readonly file: string },
  page: string,
): LaidOut | undefined {
  const tokens = /^run tokens(?: (\S+))?$/.exec(how)
  if (tokens) return { ...place, provider: tokens[1] ?? basename(page, '.md') }
  const [, acr, expected] = /^run challenge (\S+) (.+)$/.exec(how) ?? []
  if (acr !== undefined && expected !== undefined) return { ...place, acr, expected }
  const [, method, path, body] = /^run ([A-Z]+) (\/\S*)(?: (.+))?$/.exec(how) ?? []
  if (method === undefined || path === undefined) return undefined
  return { ...place, method, path, ...(body !== undefined && { body }) }
}

/** In a process of their own as well, with a provider, an API and an app. */
async function runClientExamples(
  root: string,
  examples: readonly ClientExample[],
): Promise<readonly string[]> {
  for (const { file } of examples) copyFileSync(file.replace(`${folder}/run/`, `${folder}/`), file)
  const list = join(root, folder, 'run', 'clients.json')
  writeFileSync(list, JSON.stringify(examples))
  const { code, output } = await runCommand(
    'node',
    ['--conditions=newel-source', 'interop/examples/main.ts', list],
    { cwd: root },
  )
  return code === 0 ? [] : output.trimEnd().split('\n')
}

/** On loopback and free ports, in a process of their own: what an example starts goes with it. */
async function runExamples(root: string, examples: readonly LaidOut[]): Promise<readonly string[]> {
  const [issuerPort = 0, ...ports] = await freePorts(examples.length + 1)
  const placed = examples.map((example, index) => ({ ...example, port: ports[index] ?? 0 }))
  for (const example of placed) {
    const { file } = example
    const source = readFileSync(file.replace(`${folder}/run/`, `${folder}/`), 'utf8')
    writeFileSync(file, sourceToRun(source, example, issuerPort))
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

/** The example with the network of its run. */
function sourceToRun(
  source: string,
  example: LaidOut & { readonly port: number },
  issuerPort: number,
): string {
  if ('expected' in example) return source
  const begin = 'createResourceServer({'
  if ('provider' in example) return source.replaceAll(begin, `${begin} fetch: foreignFetch,`)
  return source
    .replaceAll('https://id.example.com', `http://127.0.0.1:${issuerPort}`)
    .replaceAll(begin, `${begin} allowInsecureIssuer: true,`)
    .replaceAll(/\b3000\b/g, String(example.port))
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
