import type { Command } from 'commander'
import type { Surroundings } from '../terminal/surroundings.ts'
import { onPeople } from './on-people.ts'
import { withData } from './with-data.ts'
import type { DataOptions } from './with-data.ts'

interface RecoveryCodesOptions extends DataOptions {
  readonly json?: true
}

export function addUserRecoveryCodes(user: Command, surroundings: Surroundings): void {
  withData(user.command('recovery-codes'))
    .description('make a new set of recovery codes for a person, and print it')
    .argument('<username>')
    .option('--json', 'print the codes as JSON')
    .addHelpText(
      'after',
      `
The codes are secrets, printed once; each is good once. A new set takes the place of the present one.

Examples:
  $ newel user recovery-codes ada
  $ newel user recovery-codes ada --json | jq -r '.codes[]'`,
    )
    .action(async (username: string, options: RecoveryCodesOptions) => {
      await onPeople(options, surroundings, { create: false }, async (people) => {
        const codes = await people.newRecoveryCodes(username)
        surroundings.print(options.json ? JSON.stringify({ username, codes }) : codes.join('\n'))
      })
    })
}
