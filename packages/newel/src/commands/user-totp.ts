import type { Command } from 'commander'
import type { Surroundings } from '../terminal/surroundings.ts'
import { onPeople } from './on-people.ts'
import { withData } from './with-data.ts'
import type { DataOptions } from './with-data.ts'

interface TotpOptions extends DataOptions {
  readonly label?: string
  readonly json?: true
}

export function addUserTotp(user: Command, surroundings: Surroundings): void {
  withData(user.command('totp'))
    .description('enrol a one-time-code app for a person, and print what the app must know')
    .argument('<username>')
    .option('--label <text>', 'what the person calls it (default: Authenticator app)')
    .option('--json', 'print address and key as JSON')
    .addHelpText(
      'after',
      `
The address is a secret, printed once. Adding an app leaves those that are there.

Examples:
  $ newel user totp ada
  $ newel user totp ada --json | jq -r .uri | qrencode -t utf8`,
    )
    .action(async (username: string, options: TotpOptions) => {
      await onPeople(options, surroundings, { create: false }, async (people) => {
        const { uri, key } = await people.enrolTotp(username, options.label)
        surroundings.print(options.json ? JSON.stringify({ username, uri, key }) : uri)
      })
    })
}
