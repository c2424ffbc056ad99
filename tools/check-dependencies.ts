import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { missingOptionals } from './lock-file.ts'
import type { LockFile } from './lock-file.ts'
import { readJson, readManifest, workspaces } from './workspace.ts'
import type { Manifest, Workspace } from './workspace.ts'

/** Every dependency is pinned, explained in docs/dependencies.md, and installs without scripts or fixed addresses. */
export function checkDependencies(root: string): readonly string[] {
  const all: readonly Workspace[] = [
    { folder: '', manifest: readManifest(root, '') },
    ...workspaces(root),
  ]
  return [
    ...pinFaults(all),
    ...explanationFaults(all, readFileSync(join(root, 'docs/dependencies.md'), 'utf8')),
    ...lockFaults(readJson(join(root, 'package-lock.json')) as LockFile),
  ]
}

/** Ranges give two machines two trees; only peers, which the user of a package installs, may state one. */
export function pinFaults(all: readonly Workspace[]): readonly string[] {
  return all.flatMap(({ folder, manifest }) => {
    const pinned = {
      ...manifest.dependencies,
      ...manifest.devDependencies,
      ...manifest.optionalDependencies,
    }
    return Object.entries(pinned)
      .filter(([, range]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(range))
      .map(
        ([name, range]) => `${where(folder)}: \`${name}\` is \`${range}\`; pin one exact version`,
      )
  })
}

/**
 * The tables of the page name what is used, in backticks in their first column; those below a heading with "Refused"
 * name what is not.
 */
export function explanationFaults(all: readonly Workspace[], page: string): readonly string[] {
  const own = new Set(all.map(({ manifest }) => manifest.name))
  const used = new Map<string, string>()
  for (const { folder, manifest } of all) {
    for (const name of dependencyNames(manifest)) if (!own.has(name)) used.set(name, where(folder))
  }
  const explained = explainedNames(page)
  const faults: string[] = []
  for (const [name, place] of used) {
    if (!explained.has(name))
      faults.push(`docs/dependencies.md: \`${name}\` of ${place} is not explained`)
  }
  for (const name of explained) {
    if (!used.has(name))
      faults.push(`docs/dependencies.md: \`${name}\` is explained, but nothing depends on it`)
  }
  return faults
}

function explainedNames(page: string): ReadonlySet<string> {
  const names = new Set<string>()
  let refused = false
  for (const line of page.split('\n')) {
    if (line.startsWith('#')) refused = /refused/i.test(line)
    const firstCell = /^\|([^|]*)\|/.exec(line)?.[1]
    if (refused || firstCell === undefined) continue
    for (const [, name] of firstCell.matchAll(/`([^`]+)`/g)) if (name) names.add(name)
  }
  return names
}

function dependencyNames(manifest: Manifest): readonly string[] {
  return Object.keys({
    ...manifest.dependencies,
    ...manifest.devDependencies,
    ...manifest.optionalDependencies,
    ...manifest.peerDependencies,
  })
}

/** The lock file works with any registry, and nothing that runs in production runs a script at installation. */
export function lockFaults(lock: LockFile): readonly string[] {
  const missing = missingOptionals(lock).map(
    ({ name, by }) =>
      `package-lock.json: \`${name}\` of \`${by}\` is missing; run \`node tools/complete-lock-file.ts\``,
  )
  const wrong = Object.entries(lock.packages).flatMap(([path, locked]) => {
    const faults: string[] = []
    if (locked.resolved !== undefined && /^[a-z+]+:/.test(locked.resolved)) {
      faults.push(`package-lock.json: \`${path}\` carries a download address`)
    }
    if (locked.hasInstallScript && !locked.dev && !locked.devOptional) {
      faults.push(`package-lock.json: \`${path}\` runs a script when it is installed`)
    }
    return faults
  })
  return [...missing, ...wrong]
}

function where(folder: string): string {
  return folder === '' ? 'package.json' : `${folder}/package.json`
}
