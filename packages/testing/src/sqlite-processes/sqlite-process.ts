import { fileURLToPath } from 'node:url'

/** The file of a program that works on a SQLite store in a process of its own; its first argument is the database. */
export function sqliteProcess(name: 'compete' | 'open-and-report' | 'write-until-killed'): string {
  return fileURLToPath(new URL(`${name}.ts`, import.meta.url))
}
