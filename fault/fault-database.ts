import { openSqliteStore } from '@newel/identity-provider'
import type { Sealer, Store } from '@newel/identity-provider'

/** What the provider remembers in, in a form that travels to another process. */
export interface FaultDatabase {
  readonly kind: 'sqlite'
  readonly path: string
}

export async function openFaultStore(database: FaultDatabase, sealer: Sealer): Promise<Store> {
  return openSqliteStore({ path: database.path, sealer })
}
