import type { Command } from 'commander'
import type { Surroundings } from '../terminal/surroundings.ts'
import { formatTable } from '../terminal/plain-text.ts'
import { onData, withData } from './with-data.ts'
import type { DataOptions } from './with-data.ts'

export function addKeysList(keys: Command, surroundings: Surroundings): void {
  withData(keys.command('list'))
    .description('show the signing keys: next, active, retired')
    .option('--json', 'print them as a JSON list')
    .addHelpText('after', `\nExamples:\n  $ newel keys list\n  $ newel keys list --json`)
    .action(async (options: DataOptions & { readonly json?: true }) => {
      await onData(options, surroundings, { create: false }, async ({ store }) => {
        const listed = (await store.keys.list()).map(
          ({ kid, state, alg, createdAt, activatedAt, retiredAt }) => ({
            kid,
            state,
            alg,
            createdAt,
            ...(activatedAt !== undefined && { activatedAt }),
            ...(retiredAt !== undefined && { retiredAt }),
          }),
        )
        if (options.json) return surroundings.print(JSON.stringify(listed))
        const rows = listed.map(({ kid, state, alg, createdAt }) => [
          kid,
          state,
          alg,
          new Date(createdAt * 1000).toISOString(),
        ])
        return surroundings.print(formatTable([['KID', 'STATE', 'ALG', 'CREATED'], ...rows]))
      })
    })
}
