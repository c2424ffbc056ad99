import { posix } from 'node:path'

import { importSites } from './imports.ts'
import type { Manifest, Workspace } from './workspace.ts'

/** Where each package stands. A package may import only what stands lower. A new package is entered here first. */
export const levels: Readonly<Record<string, number>> = {
  policy: 0,
  protocol: 1,
  'policy-document': 1,
  'admin-contract': 1,
  'resource-server': 2,
  client: 2,
  'identity-provider': 2,
  gateway: 3,
  console: 3,
  newel: 3,
}

/** Development only: stands above the library packages, and only tests may import it. */
const testingPackage = 'testing'

/** Packages that may import nothing but what is listed: not even what Node brings. */
const pure: Readonly<Record<string, readonly string[]>> = {
  policy: [],
  protocol: ['policy'],
}

/** Entry files from which no path may lead to a `node:` module, because a browser loads them. */
const browserEntries = ['packages/client/src/browser.ts']

/** A source file as the checks see it. */
export interface SourceFile {
  /** Path below the root, with `/`. */
  readonly path: string
  readonly text: string
}

/** Everything that breaks the order of the house, one line each. */
export function layerFaults(
  packages: readonly Workspace[],
  files: readonly SourceFile[],
): readonly string[] {
  const house = new House(packages)
  return [
    ...packages.flatMap((workspace) => manifestFaults(house, workspace)),
    ...files.flatMap((file) => sourceFaults(house, file)),
    ...browserFaults(files),
  ]
}

class House {
  readonly byName: ReadonlyMap<string, Workspace>

  constructor(packages: readonly Workspace[]) {
    this.byName = new Map(packages.map((workspace) => [workspace.manifest.name, workspace]))
  }

  /** The package that a specifier names, and the subpath of it (`.` for the package itself). */
  resolve(
    specifier: string,
  ): { readonly workspace: Workspace; readonly subpath: string } | undefined {
    const parts = specifier.split('/')
    const length = specifier.startsWith('@') ? 2 : 1
    const workspace = this.byName.get(parts.slice(0, length).join('/'))
    if (!workspace) return undefined
    return { workspace, subpath: ['.', ...parts.slice(length)].join('/') }
  }

  /** The package that a path lies in, if any. */
  packageAt(path: string): Workspace | undefined {
    return [...this.byName.values()].find(({ folder }) => path.startsWith(`${folder}/`))
  }
}

function manifestFaults(house: House, { folder, manifest }: Workspace): readonly string[] {
  const own = placeOf(folder)
  if (folder.startsWith('packages/') && own !== testingPackage && levels[own] === undefined) {
    return [`${folder}: has no level; enter it in tools/layers.ts`]
  }
  const where = `${folder}/package.json`
  const faults: string[] = []
  const kinds = [
    'dependencies',
    'peerDependencies',
    'optionalDependencies',
    'devDependencies',
  ] as const
  for (const kind of kinds) {
    for (const name of Object.keys(manifest[kind] ?? {})) {
      const other = house.byName.get(name)
      if (!other) continue
      const fault = crossing(folder, other.folder, kind === 'devDependencies')
      if (fault) faults.push(`${where}: ${kind} names \`${name}\`: ${fault}`)
    }
  }
  const allowed = pure[own]
  if (allowed && folder.startsWith('packages/')) {
    const runtime = {
      ...manifest.dependencies,
      ...manifest.peerDependencies,
      ...manifest.optionalDependencies,
    }
    for (const name of Object.keys(runtime)) {
      if (allowed.includes(placeOf(house.byName.get(name)?.folder ?? ''))) continue
      faults.push(`${where}: \`${own}\` may not depend on \`${name}\``)
    }
  }
  return faults
}

function sourceFaults(house: House, file: SourceFile): readonly string[] {
  const own = house.packageAt(file.path)
  const test = isTest(file.path)
  return importSites(file.path, file.text).flatMap(({ specifier, line }) => {
    const fault = specifier.startsWith('.')
      ? relativeFault(house, file.path, own, specifier, test)
      : namedFault(house, own, specifier, test)
    return fault ? [`${file.path}:${line}: imports \`${specifier}\`: ${fault}`] : []
  })
}

function relativeFault(
  house: House,
  path: string,
  own: Workspace | undefined,
  specifier: string,
  test: boolean,
): string | undefined {
  const target = posix.join(posix.dirname(path), specifier)
  const other = house.packageAt(target)
  if (other && other !== own)
    return `reaches into ${other.folder}; import \`${other.manifest.name}\``
  if (!own || target.startsWith(`${own.folder}/`)) return undefined
  if (test && target.startsWith('fixtures/')) return undefined
  return `leaves ${own.folder}`
}

function namedFault(
  house: House,
  own: Workspace | undefined,
  specifier: string,
  test: boolean,
): string | undefined {
  const named = house.resolve(specifier)
  const place = own ? placeOf(own.folder) : ''
  const allowed = own?.folder.startsWith('packages/') && !test ? pure[place] : undefined
  if (!named) return allowed ? `\`${place}\` imports nothing from outside the house` : undefined
  const { workspace, subpath } = named
  if (workspace !== own && !isExported(workspace.manifest, subpath)) {
    return `\`${subpath}\` is not among the exports of \`${workspace.manifest.name}\``
  }
  if (!own || workspace === own) return undefined
  const order = crossing(own.folder, workspace.folder, test)
  if (order) return order
  return isDeclared(own.manifest, workspace.manifest.name, test)
    ? undefined
    : `${own.folder}/package.json does not list it`
}

/** Why `from` may not import `to`, or nothing. */
function crossing(from: string, to: string, test: boolean): string | undefined {
  if (!to.startsWith('packages/')) return 'nothing imports an example'
  const upper = placeOf(from)
  const lower = placeOf(to)
  if (lower === testingPackage) {
    return test || from.startsWith('examples/')
      ? undefined
      : `only tests may use \`${testingPackage}\``
  }
  if (!from.startsWith('packages/') || upper === testingPackage) return undefined
  const [high, low] = [levels[upper], levels[lower]]
  if (high === undefined || low === undefined)
    return 'one of them has no level; enter it in tools/layers.ts'
  if (low < high) return undefined
  const how = low === high ? 'sideways' : 'upwards'
  return `${how}, from ${upper} (level ${high}) to ${lower} (level ${low})`
}

function isExported({ exports = {} }: Manifest, subpath: string): boolean {
  if (Object.hasOwn(exports, subpath)) return true
  return Object.keys(exports).some((key) => {
    const [head = '', tail] = key.split('*')
    return tail !== undefined && subpath.startsWith(head) && subpath.endsWith(tail)
  })
}

function isDeclared(manifest: Manifest, name: string, test: boolean): boolean {
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies }
  return name in declared || (test && name in { ...manifest.devDependencies })
}

/** Follow relative imports from each browser entry; a browser has no `node:` modules. */
function browserFaults(files: readonly SourceFile[]): readonly string[] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const faults: string[] = []
  for (const entry of browserEntries) {
    const waiting = [entry]
    const seen = new Set<string>()
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      const file = byPath.get(path)
      if (!file || seen.has(path)) continue
      seen.add(path)
      for (const { specifier, line } of importSites(path, file.text)) {
        if (specifier.startsWith('.')) waiting.push(posix.join(posix.dirname(path), specifier))
        else if (specifier.startsWith('node:')) {
          faults.push(
            `${path}:${line}: imports \`${specifier}\`: reached from ${entry}, which browsers load`,
          )
        }
      }
    }
  }
  return faults
}

function placeOf(folder: string): string {
  return posix.basename(folder)
}

function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || /^(packages|examples)\/[^/]+\/test\//.test(path)
}
