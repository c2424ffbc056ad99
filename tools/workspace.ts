import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The parts of a package.json that the checks read. */
export interface Manifest {
  readonly name: string
  readonly version?: string
  readonly private?: boolean
  readonly exports?: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** A folder with a package.json: the root itself (`''`), one of `packages/`, one of `examples/`. */
export interface Workspace {
  /** Path below the root, with `/`. */
  readonly folder: string
  readonly manifest: Manifest
}

/** The packages and examples of the workspace, without the root. */
export function workspaces(root: string): readonly Workspace[] {
  return ['packages', 'examples'].flatMap((parent) => {
    if (!existsSync(join(root, parent))) return []
    return readdirSync(join(root, parent))
      .toSorted()
      .map((name) => `${parent}/${name}`)
      .filter((folder) => existsSync(join(root, folder, 'package.json')))
      .map((folder) => ({ folder, manifest: readManifest(root, folder) }))
  })
}

export function readManifest(root: string, folder: string): Manifest {
  return readJson(join(root, folder, 'package.json')) as Manifest
}

/** Read a JSON file; the caller vouches for its shape. */
export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}
