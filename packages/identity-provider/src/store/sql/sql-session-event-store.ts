import { sql } from 'kysely'
import type { AuthenticationEvent, EpochSeconds } from '@newel/policy'
import { StoreError } from '../store-error.ts'
import { keptEventsPerMethod } from '../security-event-store.ts'
import { listedSessions } from '../session-event-store.ts'
import type { SessionEventStore, SessionSummary } from '../session-event-store.ts'
import { Query, allRows } from './query.ts'
import type { SqlConnection } from './sql-connection.ts'
import type { Schema, Tables } from './schema.ts'

type EventRow = Omit<Schema['session_event'], 'rowid'>

export function sqlSessionEventStore(connection: SqlConnection, db: Tables): SessionEventStore {
  const claim = new Query<{ uid: string; accountId: string; now: EpochSeconds }, unknown>(
    connection,
    (p) =>
      db
        .insertInto('session')
        .values({ uid: p('uid'), account_id: p('accountId'), appended_at: p('now') })
        .onConflict((conflict) =>
          conflict
            .column('uid')
            .doUpdateSet({
              appended_at: sql`case when session.appended_at > excluded.appended_at then session.appended_at else excluded.appended_at end`,
            })
            .whereRef('session.account_id', '=', 'excluded.account_id'),
        ),
  )
  const insert = new Query<EventRow, unknown>(connection, (p) =>
    db
      .insertInto('session_event')
      .values({
        session_uid: p('session_uid'),
        method: p('method'),
        at: p('at'),
        request: p('request'),
        properties_json: p('properties_json'),
      })
      .onConflict((conflict) => conflict.doNothing()),
  )
  const trim = new Query<{ uid: string; method: string }, unknown>(connection, (p) =>
    db
      .deleteFrom('session_event')
      .where('rowid', 'in', (eb) =>
        eb
          .selectFrom('session_event')
          .select('rowid')
          .where('session_uid', '=', p('uid'))
          .where('method', '=', p('method'))
          .orderBy('at', 'desc')
          .orderBy('rowid', 'desc')
          .limit(allRows)
          .offset(keptEventsPerMethod),
      ),
  )
  const owner = new Query<{ uid: string }, { account_id: string }>(connection, (p) =>
    db.selectFrom('session').select('account_id').where('uid', '=', p('uid')),
  )
  const events = new Query<{ uid: string }, EventRow>(connection, (p) =>
    db
      .selectFrom('session_event')
      .selectAll()
      .where('session_uid', '=', p('uid'))
      .orderBy('at')
      .orderBy('rowid'),
  )
  const seen = new Query<
    {
      uid: string
      address: string
      device: string | null
      now: EpochSeconds
      before: EpochSeconds
    },
    unknown
  >(connection, (p) =>
    db
      .updateTable('session')
      .set({
        address: p('address'),
        device: p('device'),
        last_seen_at: p('now'),
        first_seen_at: sql<number>`coalesce(first_seen_at, ${p('now')})`,
      })
      .where('uid', '=', p('uid'))
      .where((eb) =>
        eb.or([eb('last_seen_at', 'is', null), eb('last_seen_at', '<=', p('before'))]),
      ),
  )
  const ofAccount = new Query<{ accountId: string }, Schema['session']>(connection, (p) =>
    db
      .selectFrom('session')
      .selectAll()
      .where('account_id', '=', p('accountId'))
      .orderBy(sql`coalesce(last_seen_at, appended_at)`, 'desc')
      .orderBy('uid')
      .limit(listedSessions),
  )
  const drop = new Query<{ uid: string; method: string; until: EpochSeconds }, unknown>(
    connection,
    (p) =>
      db
        .deleteFrom('session_event')
        .where('session_uid', '=', p('uid'))
        .where('method', '=', p('method'))
        .where('at', '<=', p('until')),
  )
  const remove = new Query<{ uid: string }, unknown>(connection, (p) =>
    db.deleteFrom('session').where('uid', '=', p('uid')),
  )
  const orphaned = new Query<{ limit: number }, { uid: string }>(connection, (p) =>
    db
      .selectFrom('session')
      .leftJoin('account', 'account.id', 'session.account_id')
      .select('session.uid')
      .where((eb) => eb.or([eb('account.id', 'is', null), eb('account.disabled', '<>', 0)]))
      .limit(p('limit')),
  )
  const removeExpired = new Query<{ before: EpochSeconds }, unknown>(connection, (p) =>
    db.deleteFrom('session').where('appended_at', '<', p('before')),
  )

  return {
    async append(sessionUid, accountId, added, now) {
      await connection.transaction(`session ${sessionUid}`, async () => {
        if ((await claim.run({ uid: sessionUid, accountId, now })) === 0) {
          throw new StoreError('store_conflict', 'the session belongs to another account')
        }
        for (const event of added) await insert.run(rowOf(sessionUid, event))
        for (const method of new Set(added.map((event) => event.method))) {
          await trim.run({ uid: sessionUid, method })
        }
      })
    },
    async read(sessionUid) {
      const session = await owner.first({ uid: sessionUid })
      if (!session) return undefined
      return {
        accountId: session.account_id,
        events: (await events.all({ uid: sessionUid })).map(eventOf),
      }
    },
    async seen(uid, { address, device }, now) {
      await seen.run({ uid, address, device: device ?? null, now, before: now - exactSeconds })
    },
    async forAccount(accountId) {
      return (await ofAccount.all({ accountId })).map(summaryOf)
    },
    async dropMethods(uid, methods, until) {
      await connection.transaction(`session ${uid}`, async () => {
        for (const method of methods) await drop.run({ uid, method, until })
      })
    },
    async orphaned(limit) {
      return (await orphaned.all({ limit })).map(({ uid }) => uid)
    },
    async remove(sessionUid) {
      await remove.run({ uid: sessionUid })
    },
    async removeExpired(before) {
      return removeExpired.run({ before })
    },
  }
}

/** How exactly the last use is known, in seconds. */
const exactSeconds = 60

function summaryOf(row: Schema['session']): SessionSummary {
  return {
    uid: row.uid,
    ...(row.first_seen_at === null ? {} : { firstSeenAt: row.first_seen_at }),
    ...(row.last_seen_at === null ? {} : { lastSeenAt: row.last_seen_at }),
    ...(row.address === null ? {} : { address: row.address }),
    ...(row.device === null ? {} : { device: row.device }),
  }
}

function rowOf(sessionUid: string, event: AuthenticationEvent): EventRow {
  return {
    session_uid: sessionUid,
    method: event.method,
    at: event.at,
    request: event.request ?? '',
    properties_json: event.properties ? JSON.stringify(event.properties) : null,
  }
}

function eventOf(row: EventRow): AuthenticationEvent {
  return {
    method: row.method,
    at: row.at,
    ...(row.request === '' ? {} : { request: row.request }),
    ...(row.properties_json === null ? {} : { properties: propertiesOf(row.properties_json) }),
  }
}

function propertiesOf(json: string): NonNullable<AuthenticationEvent['properties']> {
  return JSON.parse(json) as NonNullable<AuthenticationEvent['properties']>
}
