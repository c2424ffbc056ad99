import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The first program of this name on the PATH or in one of `folders`. Undefined: it is not installed. */
export function findProgram(name: string, folders: readonly string[] = []): string | undefined {
  const places = [...(process.env.PATH ?? '').split(delimiter), ...folders]
  return places.map((place) => join(place, name)).find(isProgram)
}

/** CI installs every program: one that is missing there is a failure, and not a test to skip. */
export function mustBeThere(): boolean {
  return process.env.CI === 'true'
}

/** Debian keeps PostgreSQL's programs out of the PATH, a folder for each version. */
export function postgresFolders(): readonly string[] {
  const all = '/usr/lib/postgresql'
  if (!existsSync(all)) return []
  return readdirSync(all)
    .toSorted()
    .toReversed()
    .map((version) => join(all, version, 'bin'))
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
