import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { documentFile } from '../document/document-file.ts'
import type { DocumentFile } from '../document/document-file.ts'
import type { OpenData } from '../provider/open-data.ts'
import { CommandError } from '../command-error.ts'
import type { Surroundings } from '../terminal/surroundings.ts'
import { withDocument } from './document-option.ts'
import type { DocumentOption } from './document-option.ts'

export interface DataOptions extends DocumentOption {
  readonly data?: string
  readonly database?: string
  readonly redis?: string
}

/** Options of every command that works on what a provider remembers. */
export function withData(command: Command): Command {
  return withDocument(command)
    .option(
      '--data <folder>',
      'where the provider keeps its database and key (default: .newel beside the document)',
    )
    .option(
      '--database <url>',
      'a PostgreSQL that several nodes share, better named by NEWEL_DATABASE_URL (default: the data folder)',
    )
    .option(
      '--redis <url>',
      'a Redis or Valkey beside that PostgreSQL for what expires soon, better named by NEWEL_REDIS_URL (default: none)',
    )
}

export interface DataFolder {
  readonly directory: string
  /** As the operator calls it. */
  readonly shown: string
  readonly kek: string | undefined
  readonly databaseUrl: string | undefined
  readonly redisUrl: string | undefined
}

export function dataFolder(
  options: DataOptions,
  file: DocumentFile,
  { cwd, env }: Surroundings,
): DataFolder {
  const usual = join(file.directory, '.newel')
  const databaseUrl = databaseUrlOf(options.database ?? env['NEWEL_DATABASE_URL'])
  return {
    directory: options.data === undefined ? usual : resolve(cwd, options.data),
    shown: options.data ?? usual,
    // An empty variable is one that was not set, as shells write it.
    kek: env['NEWEL_KEK'] === '' ? undefined : env['NEWEL_KEK'],
    databaseUrl,
    redisUrl: redisUrlOf(options.redis ?? env['NEWEL_REDIS_URL'], databaseUrl),
  }
}

/** Runs `work` on the data of a provider and closes it, however it ends. */
export async function onData<Result>(
  options: DataOptions,
  surroundings: Surroundings,
  { create, migrate = false }: { readonly create: boolean; readonly migrate?: boolean },
  work: (data: OpenData) => Promise<Result>,
): Promise<Result> {
  const file = documentFile(surroundings.cwd, options.config)
  const folder = dataFolder(options, file, surroundings)
  // Late, for commands that need no provider start in a fifth of the time.
  const { checkDataExists, openData } = await import('../provider/open-data.ts')
  if (!create && folder.databaseUrl === undefined) checkDataExists(folder.directory, folder.shown)
  const data = await openData(folder, {
    random: surroundings.random,
    migrate,
    warn: (_facts, message) => surroundings.warn(`newel: warning: ${message}: \`${folder.shown}\``),
  })
  try {
    return await work(data)
  } finally {
    await data.store.close()
  }
}

/** Not left to the parser of arguments, which repeats what it refuses: the address may hold a password. */
function databaseUrlOf(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined
  const isOne = URL.canParse(text) && ['postgres:', 'postgresql:'].includes(new URL(text).protocol)
  if (isOne) return text
  throw new CommandError(
    'database_url_invalid',
    'what NEWEL_DATABASE_URL or --database names is not the address of a PostgreSQL',
    'write postgres://user@host:5432/database',
  )
}

/** As above. A data folder is one node's, which gains nothing by a second server. */
function redisUrlOf(text: string | undefined, databaseUrl: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined
  const isOne = URL.canParse(text) && ['redis:', 'rediss:'].includes(new URL(text).protocol)
  if (!isOne) {
    throw new CommandError(
      'redis_url_invalid',
      'what NEWEL_REDIS_URL or --redis names is not the address of a Redis',
      'write redis://user@host:6379/0, or rediss:// for TLS',
    )
  }
  if (databaseUrl !== undefined) return text
  throw new CommandError(
    'redis_without_database',
    'a Redis was named without the PostgreSQL that it stands beside',
    'name the database by NEWEL_DATABASE_URL, or leave NEWEL_REDIS_URL out',
  )
}
