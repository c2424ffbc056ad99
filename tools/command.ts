import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

/** What a finished command left behind. */
export interface CommandResult {
  /** Exit code; 1 where the command was ended by a signal or could not be started. */
  readonly code: number
  /** Both output streams in the order they arrived, without colours; empty for a live command. */
  readonly output: string
}

export interface CommandOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Show the output as it comes instead of keeping it. */
  readonly live?: boolean
}

const tools = join(import.meta.dirname, '..', 'node_modules', '.bin')

/** Run a tool of the workspace: `node_modules/.bin` is searched first, so that its Node is the pinned one. */
export function runCommand(
  command: string,
  args: readonly string[],
  { cwd, env, live = false }: CommandOptions,
): Promise<CommandResult> {
  const path = [tools, process.env['PATH'] ?? ''].join(delimiter)
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, PATH: path, ...env },
      // A tool that asks a question would wait for ever in CI; without standard input it fails at once.
      stdio: live ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const keep = (chunk: Buffer) => {
      output += chunk.toString()
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    child.on('error', (error) => {
      resolve({ code: 1, output: `${output}${command}: ${error.message}\n` })
    })
    child.on('close', (code) => {
      resolve({ code: code ?? 1, output: stripVTControlCharacters(output) })
    })
  })
}
