import type { Command } from 'commander'
import { CommandError } from '../command-error.ts'
import type { Surroundings } from '../terminal/surroundings.ts'
import { countsText } from './keys-sealed.ts'
import { onData, withData } from './with-data.ts'
import type { DataOptions } from './with-data.ts'

export function addKeysReseal(keys: Command, surroundings: Surroundings): void {
  withData(keys.command('reseal'))
    .description("seal every secret anew under the first of the operator's keys")
    .option('--json', 'print what was done as JSON')
    .addHelpText(
      'after',
      `
Put the new key in front of the old one first, in NEWEL_KEK or the key file, and let every node take it up; see
docs/change-the-key.md. It works while nodes run, in small steps; one that was stopped goes on where it was.

Examples:
  $ newel keys sealed
  $ newel keys reseal`,
    )
    .action(async (options: DataOptions & { readonly json?: true }) => {
      await onData(options, surroundings, { create: false }, async ({ store, sealer }) => {
        const { reseal } = await import('@newel/identity-provider')
        const done = await reseal(store.sealed, sealer, surroundings.clock())
        if (done.kind === 'keys_missing') {
          const missing = done.missing.map(
            ({ keyId, counts }) => `${keyId} (${countsText(counts)})`,
          )
          throw new CommandError(
            'keys_missing',
            `nothing was sealed anew: these keys were not given: ${missing.join('; ')}`,
            'add them behind the new one in NEWEL_KEK or the key file',
          )
        }
        if (done.kind === 'still_in_use') {
          throw new CommandError(
            'keys_still_in_use',
            `nodes go on sealing under ${done.keyIds.join(', ')}`,
            'put the new key in front on every node, restart them, and run this again',
          )
        }
        if (options.json) return surroundings.print(JSON.stringify(done))
        const from = new Date(done.disusedFrom * 1000).toISOString()
        surroundings.print(`sealed anew: ${countsText(done.counts)}`)
        return surroundings.print(
          done.disused.length === 0
            ? `everything is sealed under ${sealer.keyIds[0] ?? ''}, the only key`
            : `nothing is sealed under ${done.disused.join(', ')} any more; from ${from} on it may be thrown away`,
        )
      })
    })
}
