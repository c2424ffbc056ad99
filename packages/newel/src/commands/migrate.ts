import type { Command } from 'commander'
import type { Surroundings } from '../terminal/surroundings.ts'
import { onData, withData } from './with-data.ts'
import type { DataOptions } from './with-data.ts'

export function addMigrate(program: Command, surroundings: Surroundings): void {
  withData(program.command('migrate'))
    .description('bring a shared database up to this release')
    .option('--check', 'change nothing; fail where it lacks something')
    .addHelpText(
      'after',
      `
Run it once before the nodes of a new release start. Nodes of the release before go on working meanwhile. Two that run at
once take turns. A database that a newer release has changed is left as it is. The database of a data folder needs none of
this: it is brought up to date when it is opened.

Examples:
  $ NEWEL_DATABASE_URL=postgres://newel@db/newel newel migrate
  $ newel migrate --check`,
    )
    .action(async (options: DataOptions & { readonly check?: true }) => {
      await onData(
        options,
        surroundings,
        { create: false, migrate: options.check !== true },
        async () => surroundings.print('the database is up to date'),
      )
    })
}
