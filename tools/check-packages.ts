import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { runCommand } from './command.ts'
import { outcomeOfFaults } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import { readManifest } from './workspace.ts'

/** What other people install, lowest level first. */
const sdkPackages = ['policy', 'protocol', 'policy-document', 'resource-server', 'client']

/** Packed and unpacked here, inside the workspace, so that their own dependencies are found. */
const folder = '.reports/packed'

interface PackedPackage {
  readonly name: string
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

/** Pack the SDK packages as they would be published and use them as a stranger would. `tsc -b` must have run. */
export async function checkPackages(root: string): Promise<Outcome> {
  rmSync(join(root, folder), { recursive: true, force: true })
  mkdirSync(join(root, folder), { recursive: true })
  const packed = await pack(root)
  if (typeof packed === 'string') return outcomeOfFaults([packed])
  const faults = packed.flatMap(contentFaults)
  for (const { name, filename } of packed) {
    faults.push(...(await archiveFaults(root, name, join(folder, filename))))
  }
  faults.push(...(await consumptionFaults(root, packed)))
  return outcomeOfFaults(faults)
}

async function pack(root: string): Promise<readonly PackedPackage[] | string> {
  const selection = sdkPackages.flatMap((name) => ['-w', `packages/${name}`])
  const { code, output } = await runCommand(
    'npm',
    ['pack', '--json', '--loglevel=silent', '--pack-destination', folder, ...selection],
    { cwd: root },
  )
  if (code !== 0) return `npm pack: ${output.trim()}`
  const packed = JSON.parse(output.slice(output.search(/^[[{]/m))) as unknown
  // npm 12 answers with an object keyed by name where npm 11 answers with a list.
  return Object.values(packed as Record<string, PackedPackage>)
}

function contentFaults({ name, files }: PackedPackage): readonly string[] {
  const paths = files.map(({ path }) => path)
  const strays = paths.filter((path) => /\.test\.|\.tsbuildinfo$|\.env$/.test(path))
  const faults = strays.map((path) => `${name}: publishes \`${path}\``)
  if (!paths.includes('dist/index.js')) faults.push(`${name}: publishes no dist/index.js`)
  return faults
}

async function archiveFaults(
  root: string,
  name: string,
  archive: string,
): Promise<readonly string[]> {
  const entries = Object.keys(
    readManifest(root, `packages/${name.replace(/^@newel\//, '')}`).exports ?? {},
  )
  const data = entries.filter((entry) => entry.endsWith('.json'))
  const exclude = data.length > 0 ? ['--exclude-entrypoints', ...data] : []
  const [publint, attw] = await Promise.all([
    runCommand('publint', ['run', archive, '--strict'], { cwd: root }),
    runCommand(
      'attw',
      [
        archive,
        '--profile',
        'esm-only',
        '--format',
        'ascii',
        '--no-emoji',
        '--no-color',
        ...exclude,
      ],
      {
        cwd: root,
      },
    ),
  ])
  return [
    ...(publint.code === 0 ? [] : [`${name}: publint: ${publint.output.trim()}`]),
    ...(attw.code === 0 ? [] : [`${name}: attw: ${faultyEntries(attw.output)}`]),
  ]
}

/** The entries that attw found at fault, without those that it only lists. */
function faultyEntries(output: string): string {
  const blocks = output.split(/^\*{5,}$/m).map((block) => block.trim())
  const faulty = blocks.filter((block) =>
    /failed|❌|masquerad|missing/i.test(block.replaceAll(/^.*\(ignored\).*$/gm, '')),
  )
  return (faulty.length > 0 ? faulty : blocks).join('\n')
}

/** Unpack beside each other, then import every entry: types under both resolutions, code in Node. */
async function consumptionFaults(
  root: string,
  packed: readonly PackedPackage[],
): Promise<readonly string[]> {
  const specifiers: string[] = []
  for (const { name, filename } of packed) {
    const place = join(root, folder, 'node_modules', name)
    mkdirSync(place, { recursive: true })
    const unpacked = await runCommand(
      'tar',
      ['-xzf', join(root, folder, filename), '--strip-components=1', '-C', place],
      {
        cwd: root,
      },
    )
    if (unpacked.code !== 0) return [`${name}: ${unpacked.output.trim()}`]
    const entries = Object.keys(
      readManifest(root, join(folder, 'node_modules', name)).exports ?? {},
    )
    const modules = entries.filter((entry) => !entry.endsWith('.json'))
    specifiers.push(...modules.map((entry) => name + entry.slice(1)))
  }
  writeFileSync(
    join(root, folder, 'package.json'),
    JSON.stringify({ type: 'module', private: true }),
  )
  const imports = specifiers
    .map((specifier, at) => `import * as m${at} from '${specifier}'\n`)
    .join('')
  const uses = specifiers.map((_, at) => `m${at}`).join(', ')
  writeFileSync(join(root, folder, 'consumer.ts'), `${imports}export const all = [${uses}]\n`)
  const faults: string[] = []
  for (const resolution of ['nodenext', 'bundler']) {
    const settings = `tsconfig.${resolution}.json`
    writeFileSync(join(root, folder, settings), JSON.stringify(consumerSettings(resolution)))
    const { output } = await runCommand('tsc', ['--pretty', 'false', '-p', settings], {
      cwd: join(root, folder),
    })
    // Declarations of third parties are theirs to mend.
    const errors = output
      .split('\n')
      .filter((line) => /^(consumer|node_modules\/@newel\/|error TS)/.test(line))
    faults.push(...errors.map((line) => `consumed (${resolution}): ${line}`))
  }
  const run = await runCommand('node', ['consumer.ts'], {
    cwd: join(root, folder),
    env: { NODE_OPTIONS: '' },
  })
  if (run.code !== 0) faults.push(`consumed (node): ${run.output.trim()}`)
  return faults
}

function consumerSettings(resolution: string): unknown {
  return {
    compilerOptions: {
      target: 'es2023',
      lib: ['es2023', 'dom', 'dom.iterable'],
      types: [],
      module: resolution === 'nodenext' ? 'nodenext' : 'esnext',
      moduleResolution: resolution,
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
    },
    files: ['consumer.ts'],
  }
}
