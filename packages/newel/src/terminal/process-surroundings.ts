import { randomBytes } from 'node:crypto'
import type { Surroundings } from './surroundings.ts'

/** Those of this process. */
export function processSurroundings(): Surroundings {
  // The reader of a pipe may go when it has seen enough, as `head` does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit()
    throw error
  })
  return {
    cwd: process.cwd(),
    env: process.env,
    clock: () => Math.floor(Date.now() / 1000),
    random: randomBytes,
    stdin: process.stdin,
    print: (text) => process.stdout.write(`${text}\n`),
    warn: (text) => process.stderr.write(`${text}\n`),
    async askHidden(message) {
      const { isCancel, password } = await import('@clack/prompts')
      // Standard output is for data alone.
      const answer = await password({ message, output: process.stderr })
      return isCancel(answer) ? undefined : answer
    },
  }
}
