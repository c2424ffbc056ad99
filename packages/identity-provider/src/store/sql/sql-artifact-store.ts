import { artifactPlace } from '../../secrets/sealed-places.ts'
import type { EpochSeconds } from '@newel/policy'
import type { ArtifactStore, StoredArtifact } from '../artifact-store.ts'
import type { SealedRecords } from '../sealed-records.ts'
import { Query } from './query.ts'
import type { SqlConnection } from './sql-connection.ts'
import type { Tables } from './schema.ts'

/** Models that end with their consent grant. An interaction may name the grant too, and outlives it. */
const revocable = new Set([
  'AccessToken',
  'AuthorizationCode',
  'BackchannelAuthenticationRequest',
  'DeviceCode',
  'PreAuthorizedCode',
  'RefreshToken',
])

export function sqlArtifactStore(
  connection: SqlConnection,
  db: Tables,
  records: SealedRecords,
): ArtifactStore {
  const upsert = new Query<UpsertArgs, never>(connection, (p) =>
    db
      .insertInto('artifact')
      .values({
        model: p('model'),
        id: p('id'),
        payload: p('payload'),
        grant_id: p('grantId'),
        uid: p('uid'),
        user_code: p('userCode'),
        expires_at: p('expiresAt'),
      })
      .onConflict((conflict) =>
        conflict
          .columns(['model', 'id'])
          .doUpdateSet((eb) => ({
            payload: eb.ref('excluded.payload'),
            grant_id: eb.ref('excluded.grant_id'),
            uid: eb.ref('excluded.uid'),
            user_code: eb.ref('excluded.user_code'),
            expires_at: eb.ref('excluded.expires_at'),
          }))
          .where('artifact.consumed_at', 'is', null),
      )
      .$castTo<never>(),
  )
  const createOnce = new Query<{ model: string; id: string; payload: Uint8Array }, never>(
    connection,
    (p) =>
      db
        .insertInto('artifact')
        .values({ model: p('model'), id: p('id'), payload: p('payload') })
        .onConflict((conflict) => conflict.columns(['model', 'id']).doNothing())
        .$castTo<never>(),
  )
  const find = findBy('id')
  const findByUid = findBy('uid')
  const findByUserCode = findBy('user_code')
  const consume = new Query<KeyArgs, never>(connection, (p) =>
    db
      .updateTable('artifact')
      .set({ consumed_at: p('now') })
      .where('model', '=', p('model'))
      .where('id', '=', p('key'))
      .where('consumed_at', 'is', null)
      .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', p('now'))]))
      .$castTo<never>(),
  )
  const consumeAndKeep = new Query<KeyArgs & { keepUntil: EpochSeconds }, never>(connection, (p) =>
    db
      .updateTable('artifact')
      .set({ consumed_at: p('now'), expires_at: p('keepUntil') })
      .where('model', '=', p('model'))
      .where('id', '=', p('key'))
      .where('consumed_at', 'is', null)
      .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', p('now'))]))
      .$castTo<never>(),
  )
  const destroy = new Query<{ model: string; id: string }, never>(connection, (p) =>
    db
      .deleteFrom('artifact')
      .where('model', '=', p('model'))
      .where('id', '=', p('id'))
      .$castTo<never>(),
  )
  const revoke = new Query<{ grantId: string }, never>(connection, (p) =>
    db.deleteFrom('artifact').where('grant_id', '=', p('grantId')).$castTo<never>(),
  )
  const removeExpired = new Query<{ now: EpochSeconds; limit: number }, never>(connection, (p) =>
    db
      .deleteFrom('artifact')
      .where('rowid', 'in', (eb) =>
        eb
          .selectFrom('artifact')
          .select('rowid')
          .where('expires_at', '<=', p('now'))
          .orderBy('expires_at')
          .limit(p('limit')),
      )
      .$castTo<never>(),
  )

  function findBy(column: 'id' | 'uid' | 'user_code'): Query<KeyArgs, ArtifactRow> {
    return new Query<KeyArgs, ArtifactRow>(connection, (p) => {
      const found = db
        .selectFrom('artifact')
        .select(['id', 'payload', 'consumed_at'])
        .where('model', '=', p('model'))
        .where(column, '=', p('key'))
        .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', p('now'))]))
      // A session that changed its id may be there twice for a moment: the newer one speaks.
      const newest = found.orderBy('rowid', 'desc').limit(1)
      return column === 'uid' ? newest.where('consumed_at', 'is', null) : newest
    })
  }

  function idOf(model: string, id: string): string {
    return records.digest(model, id)
  }

  /** What is found by something else than its id. Absent, or no text: it is not. */
  function digestOf(kind: 'grant' | 'uid' | 'user code', value: unknown): string | null {
    return typeof value === 'string' ? records.digest(kind, value) : null
  }

  function artifactOf(model: string, row: ArtifactRow | undefined): StoredArtifact | undefined {
    const payload = row && records.open(row.payload, artifactPlace(model, row.id))
    if (row === undefined || payload === undefined) return undefined
    return row.consumed_at === null ? { payload } : { payload, consumedAt: row.consumed_at }
  }

  return {
    async upsert(model, plainId, payload, expiresAt) {
      const id = idOf(model, plainId)
      const written = await upsert.run({
        model,
        id,
        payload: records.seal(payload, artifactPlace(model, id)),
        grantId: revocable.has(model) ? digestOf('grant', payload['grantId']) : null,
        uid: digestOf('uid', payload['uid']),
        userCode: digestOf('user code', payload['userCode']),
        expiresAt: expiresAt ?? null,
      })
      return written === 1
    },
    async createOnce(model, plainId, payload) {
      const id = idOf(model, plainId)
      const sealed = records.seal(payload, artifactPlace(model, id))
      return (await createOnce.run({ model, id, payload: sealed })) === 1
    },
    async find(model, id, now) {
      return artifactOf(model, await find.first({ model, key: idOf(model, id), now }))
    },
    async findByUid(model, uid, now) {
      const key = records.digest('uid', uid)
      return artifactOf(model, await findByUid.first({ model, key, now }))
    },
    async findByUserCode(model, userCode, now) {
      const key = records.digest('user code', userCode)
      return artifactOf(model, await findByUserCode.first({ model, key, now }))
    },
    async consume(model, id, now, keepUntil) {
      const key = idOf(model, id)
      const used =
        keepUntil === undefined
          ? consume.run({ model, key, now })
          : consumeAndKeep.run({ model, key, now, keepUntil })
      return (await used) === 1
    },
    async destroy(model, id) {
      await destroy.run({ model, id: idOf(model, id) })
    },
    async revokeByGrantId(grantId) {
      await revoke.run({ grantId: records.digest('grant', grantId) })
    },
    async removeExpired(now, limit) {
      return removeExpired.run({ now, limit })
    },
  }
}

interface UpsertArgs {
  model: string
  id: string
  payload: Uint8Array
  grantId: string | null
  uid: string | null
  userCode: string | null
  expiresAt: EpochSeconds | null
}

interface KeyArgs {
  model: string
  key: string
  now: EpochSeconds
}

interface ArtifactRow {
  id: string
  payload: Uint8Array
  consumed_at: number | null
}
