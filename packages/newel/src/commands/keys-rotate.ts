import type { Command } from 'commander'
import type { Surroundings } from '../terminal/surroundings.ts'
import { onData, withData } from './with-data.ts'
import type { DataOptions } from './with-data.ts'

interface RotateOptions extends DataOptions {
  readonly prepare?: true
  readonly json?: true
}

export function addKeysRotate(keys: Command, surroundings: Surroundings): void {
  withData(keys.command('rotate'))
    .description('let a new key sign; the old one stays published for the tokens that it signed')
    .option('--prepare', 'only publish the new key; a later rotate lets it sign')
    .option('--json', 'print the key as JSON')
    .addHelpText(
      'after',
      `
A running provider takes the keys up within a minute, or at once on SIGHUP. To spare verifiers that keep a key set for
long, prepare first, wait as long as they keep it, then rotate.

Examples:
  $ newel keys rotate
  $ newel keys rotate --prepare && sleep 600 && newel keys rotate`,
    )
    .action(async (options: RotateOptions) => {
      await onData(options, surroundings, { create: false }, async ({ store, sealer }) => {
        const { createSigningKeys } = await import('@newel/identity-provider')
        const signing = createSigningKeys({ store: store.keys, sealer })
        const now = surroundings.clock()
        const prepared = await signing.prepare(now)
        // Undefined where another node was quicker to activate it: it signs all the same.
        if (!options.prepare) await signing.activateNext(now)
        const state = options.prepare ? 'next' : 'active'
        surroundings.print(
          options.json
            ? JSON.stringify({ kid: prepared, state })
            : `${prepared} ${options.prepare ? 'is published, and signs after the next rotate' : 'signs from now on'}`,
        )
      })
    })
}
