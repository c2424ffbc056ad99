import { randomBytes } from 'node:crypto'
import { metaPlace } from '../../secrets/sealed-places.ts'
import type { Sealer } from '../../secrets/sealer.ts'
import { StoreError } from '../store-error.ts'
import { Query } from './query.ts'
import type { Schema, Tables } from './schema.ts'
import type { SqlConnection } from './sql-connection.ts'

const name = 'digest key'

/** The key of the digests in this database, for as long as it lives: made once, whoever opens it at the same time. */
export async function digestKey(
  connection: SqlConnection,
  db: Tables,
  sealer: Sealer,
): Promise<Uint8Array> {
  const read = new Query<{ name: string }, Pick<Schema['meta'], 'value'>>(connection, (p) =>
    db.selectFrom('meta').select('value').where('name', '=', p('name')),
  )
  const add = new Query<Schema['meta'], unknown>(connection, (p) =>
    db
      .insertInto('meta')
      .values({ name: p('name'), value: p('value') })
      .onConflict((conflict) => conflict.doNothing()),
  )
  const known = await read.first({ name })
  if (known === undefined) {
    await add.run({ name, value: sealer.seal(randomBytes(32), metaPlace(name)) })
  }
  const row = known ?? (await read.first({ name }))
  if (row === undefined) throw new StoreError('store_corrupt', 'the key of the digests is gone')
  return sealer.open(row.value, metaPlace(name))
}
