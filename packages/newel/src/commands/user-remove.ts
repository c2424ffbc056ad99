import type { Command } from 'commander'
import type { Surroundings } from '../terminal/surroundings.ts'
import { onPeople } from './on-people.ts'
import { withData } from './with-data.ts'
import type { DataOptions } from './with-data.ts'

export function addUserRemove(user: Command, surroundings: Surroundings): void {
  withData(user.command('remove'))
    .description('remove a person with every authenticator; there is no way back')
    .argument('<username>')
    .addHelpText('after', `\nExamples:\n  $ newel user remove ada`)
    .action(async (username: string, options: DataOptions) => {
      await onPeople(options, surroundings, { create: false }, async (people) => {
        const account = await people.remove(username)
        surroundings.print(`removed ${account.username}`)
      })
    })
}
