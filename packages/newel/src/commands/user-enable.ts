import type { Command } from 'commander'
import type { Surroundings } from '../terminal/surroundings.ts'
import { onPeople } from './on-people.ts'
import { withData } from './with-data.ts'
import type { DataOptions } from './with-data.ts'

export function addUserEnable(user: Command, surroundings: Surroundings): void {
  withData(user.command('enable'))
    .description('let a person in again who was disabled')
    .argument('<username>')
    .addHelpText(
      'after',
      `
Examples:
  $ newel user enable ada`,
    )
    .action(async (username: string, options: DataOptions) => {
      await onPeople(options, surroundings, { create: false }, async (people) => {
        const changed = await people.enable(username)
        surroundings.print(changed ? `enabled ${username}` : `${username} was not disabled`)
      })
    })
}
