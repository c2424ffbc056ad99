import { SecretError } from '../../secrets/secret-error.ts'
import type { Sealer } from '../../secrets/sealer.ts'
import { StoreError } from '../store-error.ts'
import { metaPlace } from '../../secrets/sealed-places.ts'
import { Query } from './query.ts'
import type { Schema, Tables } from './schema.ts'
import type { SqlConnection } from './sql-connection.ts'

const canary = metaPlace('sealing')

/** A wrong key shows at start, not when the first person enters a code. Takes a write lock, so a read-only database does too. */
export async function checkSealer(
  connection: SqlConnection,
  db: Tables,
  sealer: Sealer,
): Promise<void> {
  const read = new Query<{ name: string }, Pick<Schema['meta'], 'value'>>(connection, (p) =>
    db.selectFrom('meta').select('value').where('name', '=', p('name')),
  )
  const write = new Query<Schema['meta'], unknown>(connection, (p) =>
    db.insertInto('meta').values({ name: p('name'), value: p('value') }),
  )
  await connection.transaction(canary.id, async () => {
    const row = await read.first({ name: canary.id })
    if (row === undefined) {
      await write.run({ name: canary.id, value: sealer.seal(Buffer.from('newel'), canary) })
      return
    }
    try {
      sealer.open(row.value, canary)
    } catch (error) {
      if (!(error instanceof SecretError)) throw error
      throw new StoreError(
        'store_wrong_key',
        'the secrets of this database were sealed under a key that was not given',
        { cause: error },
      )
    }
  })
}
