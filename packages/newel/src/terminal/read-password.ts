import { CommandError } from '../command-error.ts'
import type { Surroundings } from './surroundings.ts'

/** More than any password may have, so that a wrong file is not read to its end. */
const mostBytes = 8192

/** From standard input or a hidden prompt; an argument would be seen by every process of the machine. */
export async function readPassword(
  surroundings: Surroundings,
  { fromStdin }: { readonly fromStdin: boolean },
): Promise<string> {
  if (fromStdin) return readLine(surroundings)
  if (surroundings.stdin.isTTY !== true) {
    throw new CommandError(
      'no_terminal',
      'there is no terminal to ask for the password on',
      'write it to standard input and pass --password-stdin',
    )
  }
  const first = await ask(surroundings, 'Password')
  const second = await ask(surroundings, 'The same again')
  if (first === second) return first
  throw new CommandError('passwords_differ', 'the two passwords differ', 'start again')
}

async function ask(surroundings: Surroundings, question: string): Promise<string> {
  const answer = await surroundings.askHidden(question)
  if (answer !== undefined) return answer
  throw new CommandError('cancelled', 'cancelled', 'nothing was changed')
}

async function readLine({ stdin }: Surroundings): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk as Uint8Array | string)
    chunks.push(bytes)
    size += bytes.length
    if (size > mostBytes) throw unreadable(`more than ${mostBytes} bytes`)
  }
  const line = decode(Buffer.concat(chunks)).replace(/\r?\n$/, '')
  if (line === '') throw unreadable('nothing')
  if (/[\r\n]/.test(line)) throw unreadable('more than one line')
  return line
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw unreadable('what is not UTF-8')
  }
}

function unreadable(what: string): CommandError {
  return new CommandError(
    'password_unreadable',
    `standard input holds ${what}`,
    'write the password alone, as one line',
  )
}
