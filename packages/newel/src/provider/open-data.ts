import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  createSealer,
  loadOrCreateKek,
  openPostgresStore,
  openSqliteStore,
  withRedis,
} from '@newel/identity-provider'
import type { RandomBytes, Sealer, Store } from '@newel/identity-provider'
import { CommandError } from '../command-error.ts'

/** Where the provider remembers. */
export type DataPlace =
  | {
      /** A folder with the database `newel.db` and, where no key is given, the key file `newel.key`. Made where missing. */
      readonly directory: string
      /**
       * What secrets are sealed under: 32 bytes in base64url, and after white space those that it replaced. Absent: the key
       * file is used, and made where missing.
       */
      readonly kek?: string | undefined
      /**
       * `postgres://…`: a database that several nodes share, all with the same key. The folder holds the key file alone.
       * Absent: the database of the folder.
       */
      readonly databaseUrl?: string | undefined
      /** `redis://…`: keeps what expires soon, beside a shared database alone. Absent: the database keeps everything. */
      readonly redisUrl?: string | undefined
    }
  /** Gone with the process, under a key that nobody knows. */
  | { readonly memory: true }

export interface OpenData {
  readonly store: Store
  readonly sealer: Sealer
}

/** @throws StoreError, SecretError */
export async function openData(
  place: DataPlace,
  options: {
    readonly random: RandomBytes
    readonly warn?: (facts: object, message: string) => void
    /** Whether a shared database may be migrated here; one that is the folder's always is. Default `false`. */
    readonly migrate?: boolean
  },
): Promise<OpenData> {
  const { random, warn, migrate = false } = options
  if ('memory' in place) {
    const sealer = createSealer({ current: random(32), previous: [] })
    return { store: await openSqliteStore({ path: ':memory:', sealer }), sealer }
  }
  const kek = await loadOrCreateKek({
    env: place.kek,
    file: join(place.directory, 'newel.key'),
    random,
  })
  const sealer = createSealer(kek)
  if (place.databaseUrl !== undefined) {
    const durable = await openPostgresStore({ url: place.databaseUrl, sealer, migrate })
    if (place.redisUrl === undefined) return { store: durable, sealer }
    return { store: await withRedis(durable, { url: place.redisUrl, sealer }), sealer }
  }
  const store = await openSqliteStore({
    path: databaseFile(place.directory),
    sealer,
    ...(warn && { logger: { warn } }),
  })
  return { store, sealer }
}

/** For commands that change or show what is there: a misspelt folder must not become a new, empty provider. */
export function checkDataExists(directory: string, shown: string): void {
  if (existsSync(databaseFile(directory))) return
  throw new CommandError(
    'data_missing',
    `there is no provider data in \`${shown}\``,
    'name the folder with --data, or make it with `newel user add` or `newel start`',
  )
}

function databaseFile(directory: string): string {
  return join(directory, 'newel.db')
}
