import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { repositoryFiles } from './repository-files.ts'

const page = 'docs/security.md'

/** Where the names of the page are looked for: most are of the provider's. */
const places = ['', 'packages/', 'packages/identity-provider/', 'packages/identity-provider/src/']

/** Every threat of the security page names what stops it and a test that is there, with the title that it names. */
export function checkThreats(root: string): readonly string[] {
  const text = readFileSync(join(root, page), 'utf8')
  return threatFaults(text, repositoryFiles(root), (path) => readFileSync(join(root, path), 'utf8'))
}

/** As {@link checkThreats}, of a page and the files of a repository; a fault is a line of its own. */
export function threatFaults(
  text: string,
  files: readonly string[],
  read: (path: string) => string,
): readonly string[] {
  return text.split('\n').flatMap((line, index) => {
    const [, threat = '', stop = '', shown = ''] = line
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim())
    if (!line.startsWith('|') || threat === 'threat' || /^-+$/.test(threat)) return []
    const at = `${page}:${index + 1}:`
    return [
      ...(stop === '' ? [`${at} nothing is named that stops the threat`] : []),
      ...shownFaults(shown, files, read).map((fault) => `${at} ${fault}`),
    ]
  })
}

/** A name in backticks, and after it the title of one of its tests: `test/a.test.ts` › "is refused". */
const named = /`([^`]+)`(?: › "([^"]+)")?/g

function shownFaults(
  shown: string,
  files: readonly string[],
  read: (path: string) => string,
): readonly string[] {
  const faults: string[] = []
  let tests = 0
  for (const [, name = '', title] of shown.matchAll(named)) {
    if (!name.includes('/')) continue
    const found = filesOf(name, files)
    if (found.length === 0) faults.push(`\`${name}\` is not there`)
    if (found.some(isTest)) tests += 1
    if (found.length > 0 && title !== undefined && !hasTitle(found, title, read)) {
      faults.push(`\`${name}\` has no title "${title}"`)
    }
  }
  return tests === 0 && faults.length === 0 ? ['no test is named that shows it'] : faults
}

/** A file, or all of a folder. */
function filesOf(name: string, files: readonly string[]): readonly string[] {
  for (const place of places) {
    const path = `${place}${name}`
    const found = files.filter((file) => file === path || file.startsWith(`${path}/`))
    if (found.length > 0) return found
  }
  return []
}

function isTest(path: string): boolean {
  return /\.(test|spec)\.tsx?$/.test(path)
}

function hasTitle(
  paths: readonly string[],
  title: string,
  read: (path: string) => string,
): boolean {
  return paths.some((path) => read(path).replaceAll("\\'", "'").includes(title))
}
