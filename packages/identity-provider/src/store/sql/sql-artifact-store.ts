import type { EpochSeconds } from '@newel/policy'
import type { ArtifactStore, StoredArtifact } from '../store.ts'
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

export function sqlArtifactStore(connection: SqlConnection, db: Tables): ArtifactStore {
  const upsert = new Query<UpsertArgs, never>(connection, (p) =>
    db
      .insertInto('artifact')
      .values({
        model: p('model'),
        id: p('id'),
        payload_json: p('payloadJson'),
        grant_id: p('grantId'),
        uid: p('uid'),
        user_code: p('userCode'),
        expires_at: p('expiresAt'),
      })
      .onConflict((conflict) =>
        conflict.columns(['model', 'id']).doUpdateSet((eb) => ({
          payload_json: eb.ref('excluded.payload_json'),
          grant_id: eb.ref('excluded.grant_id'),
          uid: eb.ref('excluded.uid'),
          user_code: eb.ref('excluded.user_code'),
          expires_at: eb.ref('excluded.expires_at'),
        })),
      )
      .$castTo<never>(),
  )
  const createOnce = new Query<{ model: string; id: string; payloadJson: string }, never>(
    connection,
    (p) =>
      db
        .insertInto('artifact')
        .values({ model: p('model'), id: p('id'), payload_json: p('payloadJson') })
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
    return new Query<KeyArgs, ArtifactRow>(connection, (p) =>
      db
        .selectFrom('artifact')
        .select(['payload_json', 'consumed_at'])
        .where('model', '=', p('model'))
        .where(column, '=', p('key'))
        .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', p('now'))]))
        // A session that changed its id may be there twice for a moment: the newer one speaks.
        .orderBy('rowid', 'desc')
        .limit(1),
    )
  }

  return {
    async upsert(model, id, payload, expiresAt) {
      await upsert.run({
        model,
        id,
        payloadJson: JSON.stringify(payload),
        grantId: revocable.has(model) ? textOf(payload['grantId']) : null,
        uid: textOf(payload['uid']),
        userCode: textOf(payload['userCode']),
        expiresAt: expiresAt ?? null,
      })
    },
    async createOnce(model, id, payload) {
      return (await createOnce.run({ model, id, payloadJson: JSON.stringify(payload) })) === 1
    },
    async find(model, id, now) {
      return artifactOf(await find.first({ model, key: id, now }))
    },
    async findByUid(model, uid, now) {
      return artifactOf(await findByUid.first({ model, key: uid, now }))
    },
    async findByUserCode(model, userCode, now) {
      return artifactOf(await findByUserCode.first({ model, key: userCode, now }))
    },
    async consume(model, id, now) {
      return (await consume.run({ model, key: id, now })) === 1
    },
    async destroy(model, id) {
      await destroy.run({ model, id })
    },
    async revokeByGrantId(grantId) {
      await revoke.run({ grantId })
    },
    async removeExpired(now, limit) {
      return removeExpired.run({ now, limit })
    },
  }
}

interface UpsertArgs {
  model: string
  id: string
  payloadJson: string
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
  payload_json: string
  consumed_at: number | null
}

function artifactOf(row: ArtifactRow | undefined): StoredArtifact | undefined {
  if (!row) return undefined
  const payload = JSON.parse(row.payload_json) as Record<string, unknown>
  return row.consumed_at === null ? { payload } : { payload, consumedAt: row.consumed_at }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
