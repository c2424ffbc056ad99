/**
 * Runs the examples of clients that `tools/check-examples.ts` laid out, in the order of their page, against a real provider
 * and an API on loopback. An example is run as it is printed: only addresses, folders and the address of Redis are those of
 * the run. What the reader brings along, the run brings along: people who answer the provider's pages, a browser, an
 * environment, a command line. What holds for each is that the API, or a guard of the app, asks for more once, that the person
 * is asked for what is missing alone, and that the call then comes through as it was sent.
 *
 * Prints what is wrong; the kinds of examples are below, and each `run-….ts` says what an example of it exports.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import type { ClientExample } from '../../tools/check-examples.ts'
import { type ExampleWorld, openWorld, secrets } from './example-world.ts'
import { runBff } from './run-bff.ts'
import { closeBrowser, runLibraryPage, runPage } from './run-page.ts'
import { runOpenidClient } from './run-openid-client.ts'
import { runAgent, runCommandExample, runKeychain, runMachine } from './run-node.ts'

/** One of them, in milliseconds. */
const longestRun = 90_000

type Run = (
  world: ExampleWorld,
  file: string,
  source: string,
  asks: string,
  /** The other examples of the page, in order. */
  others: readonly string[],
) => Promise<string | undefined>

const kinds: Readonly<Record<string, Run>> = {
  bff: runBff,
  command: (world, file, _source, asks) => runCommandExample(world, file, asks),
  agent: runAgent,
  machine: runMachine,
  keychain: runKeychain,
  browser: runPage,
  react: runPage,
  'oidc-client-ts': runLibraryPage,
  'openid-client': runOpenidClient,
}

Object.assign(process.env, secrets)

const [list = ''] = process.argv.slice(2)
const world = await openWorld()
let failed = false
const examples = JSON.parse(readFileSync(list, 'utf8')) as ClientExample[]
for (const { file } of examples) writeFileSync(file, world.placed(readFileSync(file, 'utf8')))
for (const example of examples) {
  const fault = await faultOf(example).catch((error: unknown) => String(error))
  if (fault === undefined) continue
  failed = true
  process.stdout.write(`${example.name}: ${fault}\n`)
}
await closeBrowser()
await world.close()
process.exit(failed ? 1 : 0)

async function faultOf({ kind, page, file, asks }: ClientExample): Promise<string | undefined> {
  const run = kinds[kind]
  if (!run) return `no examples of the kind \`${kind}\` are known`
  const others = examples.filter((other) => other.page === page && other.file !== file)
  world.calls.length = 0
  world.signal = AbortSignal.timeout(longestRun)
  const source = readFileSync(file, 'utf8')
  const places = others.map((other) => other.file)
  return Promise.race([run(world, file, source, asks, places), tooLong(world.signal)])
}

async function tooLong(signal: AbortSignal): Promise<string> {
  await new Promise((resolve) => signal.addEventListener('abort', resolve))
  return `does not end in ${longestRun / 1000} seconds`
}
