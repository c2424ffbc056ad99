import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { documentFile } from '../document/document-file.ts'
import type { DocumentFile } from '../document/document-file.ts'
import type { OpenData } from '../provider/open-data.ts'
import type { Surroundings } from '../terminal/surroundings.ts'
import { withDocument } from './document-option.ts'
import type { DocumentOption } from './document-option.ts'

export interface DataOptions extends DocumentOption {
  readonly data?: string
}

/** Options of every command that works on what a provider remembers. */
export function withData(command: Command): Command {
  return withDocument(command).option(
    '--data <folder>',
    'where the provider keeps its database and key (default: .newel beside the document)',
  )
}

export interface DataFolder {
  readonly directory: string
  /** As the operator calls it. */
  readonly shown: string
  readonly kek: string | undefined
}

export function dataFolder(
  options: DataOptions,
  file: DocumentFile,
  { cwd, env }: Surroundings,
): DataFolder {
  const usual = join(file.directory, '.newel')
  return {
    directory: options.data === undefined ? usual : resolve(cwd, options.data),
    shown: options.data ?? usual,
    // An empty variable is one that was not set, as shells write it.
    kek: env['NEWEL_KEK'] === '' ? undefined : env['NEWEL_KEK'],
  }
}

/** Runs `work` on the data of a provider and closes it, however it ends. */
export async function onData<Result>(
  options: DataOptions,
  surroundings: Surroundings,
  { create }: { readonly create: boolean },
  work: (data: OpenData) => Promise<Result>,
): Promise<Result> {
  const file = documentFile(surroundings.cwd, options.config)
  const folder = dataFolder(options, file, surroundings)
  // Late, for commands that need no provider start in a fifth of the time.
  const { checkDataExists, openData } = await import('../provider/open-data.ts')
  if (!create) checkDataExists(folder.directory, folder.shown)
  const data = await openData(folder, {
    random: surroundings.random,
    warn: (_facts, message) => surroundings.warn(`newel: warning: ${message}: \`${folder.shown}\``),
  })
  try {
    return await work(data)
  } finally {
    await data.store.close()
  }
}
