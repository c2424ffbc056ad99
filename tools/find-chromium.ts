import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** What the search asks of the machine; a test gives its own. */
export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly isRoot: boolean
  isExecutable(path: string): boolean
  /** Run a command with its output shown; whether it ended well. */
  run(command: string, args: readonly string[]): boolean
}

/** No browser could be found or installed. The message is one line that says what to do. */
export class ChromiumMissingError extends Error {
  override readonly name = 'ChromiumMissingError'
  readonly code: 'chrome_path_invalid' | 'chromium_missing'

  constructor(code: ChromiumMissingError['code'], message: string) {
    super(message)
    this.code = code
  }
}

const commands = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

const applications: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: [
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ],
  win32: [
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
  ],
}

/**
 * The browser for the tests: `CHROME_PATH`, else an installed one, else Debian's package where it may be installed.
 *
 * @throws ChromiumMissingError where none of the three is there.
 */
export function findChromium(machine: Machine = thisMachine): string {
  const stated = machine.env['CHROME_PATH']
  if (stated) {
    if (machine.isExecutable(stated)) return stated
    throw new ChromiumMissingError(
      'chrome_path_invalid',
      `CHROME_PATH is \`${stated}\`, which is not a program`,
    )
  }
  const installed = installedChromium(machine)
  if (installed) return installed
  if (machine.isRoot && onPath(machine, 'apt-get')) {
    const done =
      machine.run('apt-get', ['update', '-q']) &&
      machine.run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium'])
    const fresh = done ? installedChromium(machine) : undefined
    if (fresh) return fresh
  }
  throw new ChromiumMissingError(
    'chromium_missing',
    'no Chromium: install the package `chromium` (or Chrome), or set CHROME_PATH to the program',
  )
}

function installedChromium(machine: Machine): string | undefined {
  for (const command of commands) {
    const path = onPath(machine, command)
    if (path) return path
  }
  return applications[machine.platform]?.find((path) => machine.isExecutable(path))
}

function onPath(machine: Machine, command: string): string | undefined {
  return (machine.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, command))
    .find((path) => machine.isExecutable(path))
}

const thisMachine: Machine = {
  env: process.env,
  platform: process.platform,
  isRoot: process.getuid?.() === 0,
  isExecutable(path) {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  },
  run(command, args) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const { status } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env })
    return status === 0
  },
}
