import { type Command, Option } from 'commander'
import type { Surroundings } from '../terminal/surroundings.ts'
import { onPeople } from './on-people.ts'
import { withData } from './with-data.ts'
import type { DataOptions } from './with-data.ts'

interface RecoveryOptions extends DataOptions {
  readonly refuse?: true
  readonly finish?: true
}

export function addUserRecovery(user: Command, surroundings: Surroundings): void {
  withData(user.command('recovery'))
    .description('show what a person reported as lost, refuse to remove it, or remove it now')
    .argument('<username>')
    .addOption(new Option('--refuse', 'remove nothing').conflicts('finish'))
    .addOption(new Option('--finish', 'remove it without waiting any longer'))
    .addHelpText(
      'after',
      `
Examples:
  $ newel user recovery ada
  $ newel user recovery ada --refuse`,
    )
    .action(async (username: string, options: RecoveryOptions) => {
      await onPeople(options, surroundings, { create: false }, async (people) => {
        if (options.refuse) {
          await people.refuseRecovery(username)
          surroundings.print(`refused: nothing of ${username} is removed`)
        } else if (options.finish) {
          const removed = await people.finishRecovery(username)
          surroundings.print(`removed of ${username}: ${removed.join(', ')}`)
        } else {
          const recovery = await people.recovery(username)
          surroundings.print(
            recovery === undefined
              ? `${username} reported nothing as lost`
              : `${username} reported as lost: ${recovery.lost.join(', ')}; to be removed from ${timeOf(recovery.readyAt)} on`,
          )
        }
      })
    })
}

function timeOf(at: number): string {
  return new Date(at * 1000).toISOString()
}
