import { openPostgresStore, openSqliteStore, withRedis } from '@newel/identity-provider'
import type { Sealer, Store } from '@newel/identity-provider'

/** What the provider remembers in, in a form that travels to another process. */
export type FaultDatabase =
  | { readonly kind: 'sqlite'; readonly path: string }
  | {
      readonly kind: 'postgres'
      readonly url: string
      /** Address of the Redis for what expires soon. Absent: all is in PostgreSQL. */
      readonly redis?: string
    }

export async function openFaultStore(database: FaultDatabase, sealer: Sealer): Promise<Store> {
  if (database.kind === 'sqlite') return openSqliteStore({ path: database.path, sealer })
  const durable = await openPostgresStore({ url: database.url, sealer })
  return database.redis === undefined
    ? durable
    : withRedis(durable, { url: database.redis, sealer })
}
