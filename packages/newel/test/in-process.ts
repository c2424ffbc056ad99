import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { runCommand } from '../src/command.ts'
import type { ExitCode } from '../src/exit-code.ts'

export const documentText = `issuer: http://localhost:4000
name: Newel Bank
levels:
  basic: { accepts: [password], lifetime: 12h }
  mfa: { accepts: [password + totp], lifetime: 15m }
requirements:
  change-details: { level: mfa, maxAge: 10m }
  approve: { level: mfa, maxAge: 0 }
rules:
  - match: { methods: [POST], path: /transfers }
    when: request.body.amount >= 1000
    require: approve
  - match: { path: /details }
    require: change-details
clients:
  - { id: bank-web, redirectUris: ['http://localhost:4100/cb'], default: basic }
`

export interface Outcome {
  readonly exitCode: ExitCode
  readonly out: string
  readonly err: string
}

/** A folder with files, in which commands run. */
export interface Folder {
  readonly path: string
  write(name: string, text: string): void
  /** Runs the command in this process, with a fixed clock and nobody at the terminal unless answers are given. */
  newel(args: readonly string[], given?: Given): Promise<Outcome>
  remove(): void
}

interface Given {
  readonly stdin?: string | Uint8Array
  /** What the person at the terminal types, question by question; undefined cancels. */
  readonly answers?: readonly (string | undefined)[]
  readonly env?: Readonly<Record<string, string>>
}

export const testTime = 1_800_000_000

export function makeFolder(files: Readonly<Record<string, string>> = {}): Folder {
  const path = mkdtempSync(join(tmpdir(), 'newel-'))
  const write = (name: string, text: string): void => writeFileSync(join(path, name), text)
  for (const [name, text] of Object.entries(files)) write(name, text)
  return {
    path,
    write,
    async newel(args, { stdin = '', answers, env = {} } = {}) {
      const out: string[] = []
      const err: string[] = []
      const left = [...(answers ?? [])]
      const exitCode = await runCommand(args, {
        cwd: path,
        env,
        clock: () => testTime,
        random: randomBytes,
        stdin: Object.assign(Readable.from([Buffer.from(stdin)]), { isTTY: answers !== undefined }),
        print: (text) => out.push(text),
        warn: (text) => err.push(text),
        askHidden: async () => left.shift(),
      })
      return { exitCode, out: out.join('\n'), err: err.join('\n') }
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}
