import { SecretError } from '../../secrets/secret-error.ts'
import type { Sealer } from '../../secrets/sealer.ts'
import type { SqlConnection } from '../sql/sql-connection.ts'
import { StoreError } from '../store-error.ts'

const canary = { table: 'meta', column: 'value', id: 'sealing' }

/** A wrong key shows at start, not when the first person enters a code. */
export async function checkSealer(connection: SqlConnection, sealer: Sealer): Promise<void> {
  await connection.transaction('sealing', async () => {
    const sql = { read: 'select value from meta where name = $1', parameters: [canary.id] }
    const row = await connection.first(sql.read, sql.parameters)
    if (row === undefined) {
      const sealed = sealer.seal(Buffer.from('newel'), canary)
      await connection.run('insert into meta (name, value) values ($1, $2)', [canary.id, sealed])
      return
    }
    try {
      if (row['value'] instanceof Uint8Array) sealer.open(row['value'], canary)
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
