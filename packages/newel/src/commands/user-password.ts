import type { Command } from 'commander'
import type { Surroundings } from '../terminal/surroundings.ts'
import { readPassword } from '../terminal/read-password.ts'
import { onPeople } from './on-people.ts'
import { withData } from './with-data.ts'
import type { DataOptions } from './with-data.ts'

export function addUserPassword(user: Command, surroundings: Surroundings): void {
  withData(user.command('password'))
    .description('give a person a new password, which is asked for')
    .argument('<username>')
    .option('--password-stdin', 'read the password from standard input, as one line')
    .addHelpText(
      'after',
      `
Examples:
  $ newel user password ada
  $ pass show ada | newel user password ada --password-stdin`,
    )
    .action(async (username: string, options: DataOptions & { readonly passwordStdin?: true }) => {
      await onPeople(options, surroundings, { create: false }, async (people) => {
        const password = await readPassword(surroundings, {
          fromStdin: options.passwordStdin === true,
        })
        await people.setPassword(username, password)
        surroundings.print(`changed the password of ${username}`)
      })
    })
}
