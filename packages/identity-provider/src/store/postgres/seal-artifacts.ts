import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/**
 * Sealed payloads under digests of their ids. What was kept in the open is not taken over but removed: everybody signs in
 * once more, and a copy of the database from before is worth nothing any more.
 */
export async function sealArtifacts(db: Kysely<never>): Promise<void> {
  const changes = [
    sql`drop table artifact`,
    sql`create table artifact (
      rowid bigint generated always as identity unique,
      model text not null,
      id text not null,
      payload bytea not null,
      grant_id text,
      uid text,
      user_code text,
      consumed_at bigint,
      expires_at bigint,
      primary key (model, id)
    )`,
    sql`create index artifact_grant on artifact (grant_id) where grant_id is not null`,
    sql`create index artifact_uid on artifact (model, uid) where uid is not null`,
    sql`create index artifact_user_code on artifact (model, user_code) where user_code is not null`,
    sql`create index artifact_expiry on artifact (expires_at) where expires_at is not null`,
    sql`drop table interaction`,
    sql`create table interaction (
      id text primary key,
      version bigint not null,
      state bytea not null,
      expires_at bigint not null
    )`,
    sql`create index interaction_expiry on interaction (expires_at)`,
  ]
  for (const statement of changes) await statement.execute(db)
}
