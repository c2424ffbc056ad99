import type { Command } from 'commander'
import type { SealedUnderKey } from '@newel/identity-provider'
import { formatTable } from '../terminal/plain-text.ts'
import type { Surroundings } from '../terminal/surroundings.ts'
import { onData, withData } from './with-data.ts'
import type { DataOptions } from './with-data.ts'

export function addKeysSealed(keys: Command, surroundings: Surroundings): void {
  withData(keys.command('sealed'))
    .description("show under which of the operator's keys the secrets are sealed")
    .option('--json', 'print it as a JSON list')
    .addHelpText('after', `\nExamples:\n  $ newel keys sealed\n  $ newel keys sealed --json`)
    .action(async (options: DataOptions & { readonly json?: true }) => {
      await onData(options, surroundings, { create: false }, async ({ store, sealer }) => {
        const { survey } = await import('@newel/identity-provider')
        const found = await survey(store.sealed, sealer)
        if (options.json) return surroundings.print(JSON.stringify(found))
        const rows = found.map((under) => [under.keyId, under.key, countsText(under.counts)])
        return surroundings.print(formatTable([['KEY', 'STATE', 'SEALED UNDER IT'], ...rows]))
      })
    })
}

/** `3 credential, 1 signing-key`, or `nothing`. */
export function countsText(counts: SealedUnderKey['counts']): string {
  const some = Object.entries(counts).filter(([, count]) => count > 0)
  return some.length === 0 ? 'nothing' : some.map(([kind, count]) => `${count} ${kind}`).join(', ')
}
