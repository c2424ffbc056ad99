import type { Command } from 'commander'
import type { Surroundings } from '../terminal/surroundings.ts'
import { readPassword } from '../terminal/read-password.ts'
import { onPeople } from './on-people.ts'
import { withData } from './with-data.ts'
import type { DataOptions } from './with-data.ts'

interface AddOptions extends DataOptions {
  readonly name?: string
  readonly email?: string
  readonly passwordStdin?: true
  readonly json?: true
}

export function addUserAdd(user: Command, surroundings: Surroundings): void {
  withData(user.command('add'))
    .description('add a person with a password, which is asked for')
    .argument('<username>')
    .option('--name <name>', 'how pages and applications call the person')
    .option('--email <address>', 'where letters go until an address is confirmed')
    .option('--password-stdin', 'read the password from standard input, as one line')
    .option('--json', 'print the account as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ newel user add ada --name 'Ada Lovelace' --email ada@example.com
  $ pass show ada | newel user add ada --password-stdin`,
    )
    .action(async (username: string, options: AddOptions) => {
      await onPeople(options, surroundings, { create: true }, async (people) => {
        const password = await readPassword(surroundings, {
          fromStdin: options.passwordStdin === true,
        })
        const { name, email } = options
        const account = await people.add({
          username,
          password,
          ...(name !== undefined && { name }),
          ...(email !== undefined && { email }),
        })
        surroundings.print(
          options.json
            ? JSON.stringify({ id: account.id, username: account.username })
            : `added ${account.username}`,
        )
      })
    })
}
