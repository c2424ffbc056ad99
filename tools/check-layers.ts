import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { layerFaults } from './layers.ts'
import { repositoryFiles } from './repository-files.ts'
import { workspaces } from './workspace.ts'

/** Hold the tree at `root` against the levels of the house. */
export function checkLayers(root: string): readonly string[] {
  const sources = repositoryFiles(root).filter((path) => /\.(ts|tsx|mts|mjs|js)$/.test(path))
  return layerFaults(
    workspaces(root),
    sources.map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') })),
  )
}
