import type { Command } from 'commander'
import type { Surroundings } from '../terminal/surroundings.ts'
import { onPeople } from './on-people.ts'
import { withData } from './with-data.ts'
import type { DataOptions } from './with-data.ts'

export function addUserUnlock(user: Command, surroundings: Surroundings): void {
  withData(user.command('unlock'))
    .description('end the locks of a person after wrong answers')
    .argument('<username>')
    .addHelpText(
      'after',
      `
Locks end by themselves; this is for whoever cannot wait. Locks of an address are not a person's, and stay.

Examples:
  $ newel user unlock ada`,
    )
    .action(async (username: string, options: DataOptions) => {
      await onPeople(options, surroundings, { create: false }, async (people) => {
        const methods = await people.unlock(username)
        surroundings.print(
          methods.length === 0
            ? `nothing of ${username} was locked`
            : `unlocked of ${username}: ${methods.join(', ')}`,
        )
      })
    })
}
