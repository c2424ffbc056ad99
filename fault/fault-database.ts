import { openPostgresStore, openSqliteStore } from '@newel/identity-provider'
import type { Sealer, Store } from '@newel/identity-provider'

/** What the provider remembers in, in a form that travels to another process. */
export type FaultDatabase =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string }

export async function openFaultStore(database: FaultDatabase, sealer: Sealer): Promise<Store> {
  return database.kind === 'sqlite'
    ? openSqliteStore({ path: database.path, sealer })
    : openPostgresStore({ url: database.url, sealer })
}
