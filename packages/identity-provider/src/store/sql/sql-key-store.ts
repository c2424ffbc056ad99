import type { EpochSeconds } from '@newel/policy'
import type { JsonObject } from '../json.ts'
import type { KeyState, KeyStore, StoredKey } from '../key-store.ts'
import { Query } from './query.ts'
import type { SqlConnection } from './sql-connection.ts'
import type { Schema, Tables } from './schema.ts'

type KeyRow = Schema['signing_key']

export function sqlKeyStore(connection: SqlConnection, db: Tables): KeyStore {
  const list = new Query<object, KeyRow>(connection, () =>
    db.selectFrom('signing_key').selectAll().orderBy('created_at').orderBy('kid'),
  )
  const insert = new Query<KeyRow, unknown>(connection, (p) =>
    db
      .insertInto('signing_key')
      .values({
        kid: p('kid'),
        state: p('state'),
        alg: p('alg'),
        public_jwk_json: p('public_jwk_json'),
        sealed_private_jwk: p('sealed_private_jwk'),
        created_at: p('created_at'),
        activated_at: p('activated_at'),
        retired_at: p('retired_at'),
      })
      .onConflict((conflict) => conflict.doNothing()),
  )
  const stateOf = new Query<{ kid: string }, { state: string }>(connection, (p) =>
    db.selectFrom('signing_key').select('state').where('kid', '=', p('kid')),
  )
  const retireActive = new Query<{ at: EpochSeconds }, unknown>(connection, (p) =>
    db
      .updateTable('signing_key')
      .set({ state: 'retired', retired_at: p('at') })
      .where('state', '=', 'active'),
  )
  const activate = new Query<{ kid: string; at: EpochSeconds }, unknown>(connection, (p) =>
    db
      .updateTable('signing_key')
      .set({ state: 'active', activated_at: p('at') })
      .where('kid', '=', p('kid')),
  )
  const retire = new Query<{ kid: string; at: EpochSeconds }, unknown>(connection, (p) =>
    db
      .updateTable('signing_key')
      .set({ state: 'retired', retired_at: p('at') })
      .where('kid', '=', p('kid'))
      .where('state', '<>', 'retired'),
  )
  const remove = new Query<{ kid: string }, unknown>(connection, (p) =>
    db.deleteFrom('signing_key').where('kid', '=', p('kid')),
  )

  return {
    async list() {
      return (await list.all({})).map(keyOf)
    },
    async add(key) {
      return (await insert.run(rowOf(key))) === 1
    },
    async activate(kid, at) {
      return connection.transaction('signing keys', async () => {
        if ((await stateOf.first({ kid }))?.state !== 'next') return false
        await retireActive.run({ at })
        return (await activate.run({ kid, at })) === 1
      })
    },
    async retire(kid, at) {
      return (await retire.run({ kid, at })) === 1
    },
    async remove(kid) {
      return (await remove.run({ kid })) === 1
    },
  }
}

function rowOf(key: StoredKey): KeyRow {
  return {
    kid: key.kid,
    state: key.state,
    alg: key.alg,
    public_jwk_json: JSON.stringify(key.publicJwk),
    sealed_private_jwk: key.sealedPrivateJwk,
    created_at: key.createdAt,
    activated_at: key.activatedAt ?? null,
    retired_at: key.retiredAt ?? null,
  }
}

function keyOf(row: KeyRow): StoredKey {
  return {
    kid: row.kid,
    // The table's check lets no other word in.
    state: row.state as KeyState,
    alg: row.alg,
    publicJwk: JSON.parse(row.public_jwk_json) as JsonObject,
    sealedPrivateJwk: row.sealed_private_jwk,
    createdAt: row.created_at,
    ...(row.activated_at === null ? {} : { activatedAt: row.activated_at }),
    ...(row.retired_at === null ? {} : { retiredAt: row.retired_at }),
  }
}
