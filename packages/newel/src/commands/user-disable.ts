import type { Command } from 'commander'
import type { Surroundings } from '../terminal/surroundings.ts'
import { onPeople } from './on-people.ts'
import { withData } from './with-data.ts'
import type { DataOptions } from './with-data.ts'

export function addUserDisable(user: Command, surroundings: Surroundings): void {
  withData(user.command('disable'))
    .description('refuse a person everywhere, and end what is open')
    .argument('<username>')
    .addHelpText(
      'after',
      `
Signing in, stepping up and refreshing are refused at once, and tokens of before stay worthless when the person is enabled
again. Nodes end the sessions, and tell apps, within a minute. An access token that is a JWT lives on until it expires.

Examples:
  $ newel user disable ada`,
    )
    .action(async (username: string, options: DataOptions) => {
      await onPeople(options, surroundings, { create: false }, async (people) => {
        const changed = await people.disable(username)
        surroundings.print(changed ? `disabled ${username}` : `${username} was disabled already`)
      })
    })
}
