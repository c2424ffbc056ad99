import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { countByLimiters } from './count-by-limiters.ts'
import { sealArtifacts } from './seal-artifacts.ts'

/** As for SQLite: one that was released is never changed; a new one is added. */
export const postgresMigrations: Readonly<Record<string, Migration>> = {
  '0001-store': { up: createStore },
  '0002-upstream-subjects': { up: addUpstreamSubjects },
  '0003-recovery': { up: addRecovery },
  '0004-limiters': { up: countByLimiters },
  '0005-verified-addresses': { up: addVerifiedAddresses },
  '0006-sealed-artifacts': { up: sealArtifacts },
  '0007-generations': { up: addGenerations },
}

async function createStore(db: Kysely<never>): Promise<void> {
  const statements = [
    sql`create table meta (name text primary key, value bytea not null)`,
    sql`create table artifact (
      rowid bigint generated always as identity unique,
      model text not null,
      id text not null,
      payload_json text not null,
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
    sql`create table account (
      id text primary key,
      username text not null,
      username_key text collate "C" not null unique,
      name text,
      email text,
      disabled integer not null check (disabled in (0, 1)),
      created_at bigint not null,
      attributes_json text
    )`,
    sql`create table credential (
      rowid bigint generated always as identity unique,
      id text primary key,
      account_id text not null references account (id) on delete cascade,
      method text not null check (method in ('password', 'totp', 'webauthn', 'recovery-code')),
      label text not null,
      created_at bigint not null,
      last_used_at bigint,
      data_json text not null,
      secret bytea,
      webauthn_id text unique,
      counter bigint,
      totp_step bigint,
      used_codes bigint
    )`,
    sql`create index credential_account on credential (account_id)`,
    sql`create unique index credential_one_password on credential (account_id) where method = 'password'`,
    sql`create unique index credential_one_recovery on credential (account_id) where method = 'recovery-code'`,
    sql`create table session (
      uid text primary key,
      account_id text not null,
      appended_at bigint not null,
      first_seen_at bigint,
      last_seen_at bigint,
      address text,
      device text
    )`,
    sql`create index session_appended on session (appended_at)`,
    sql`create index session_account on session (account_id)`,
    sql`create table session_event (
      rowid bigint generated always as identity unique,
      session_uid text not null references session (uid) on delete cascade,
      method text not null,
      at bigint not null,
      request text not null,
      properties_json text,
      primary key (session_uid, method, at, request)
    )`,
    sql`create table security_event (
      rowid bigint generated always as identity primary key,
      account_id text not null references account (id) on delete cascade,
      at bigint not null,
      type text not null,
      method text,
      client_id text,
      address text,
      device text
    )`,
    sql`create index security_event_account on security_event (account_id, at)`,
    sql`create index security_event_at on security_event (at)`,
    sql`create table interaction (
      id text primary key,
      version bigint not null,
      state_json text not null,
      expires_at bigint not null
    )`,
    sql`create index interaction_expiry on interaction (expires_at)`,
    sql`create table attempt (
      key text primary key,
      failures bigint not null,
      window_ends_at bigint not null,
      locked_until bigint,
      expires_at bigint not null
    )`,
    sql`create index attempt_expiry on attempt (expires_at)`,
    sql`create table signing_key (
      kid text collate "C" primary key,
      state text not null check (state in ('next', 'active', 'retired')),
      alg text not null,
      public_jwk_json text not null,
      sealed_private_jwk bytea not null,
      created_at bigint not null,
      activated_at bigint,
      retired_at bigint
    )`,
    sql`create unique index signing_key_one_of on signing_key (state) where state <> 'retired'`,
  ]
  for (const statement of statements) await statement.execute(db)
}

/** Credentials that an outside name belongs to. Which methods there are is known to the program alone from here on. */
async function addUpstreamSubjects(db: Kysely<never>): Promise<void> {
  const changes = [
    sql`alter table credential drop constraint credential_method_check`,
    sql`alter table credential add column external_id text unique`,
  ]
  for (const statement of changes) await statement.execute(db)
}

async function addRecovery(db: Kysely<never>): Promise<void> {
  const statements = [
    sql`alter table account add column valid_from bigint`,
    sql`create index account_email on account (lower(email)) where email is not null`,
    sql`create table recovery (
      account_id text primary key references account (id) on delete cascade,
      id text not null,
      credential_ids_json text not null,
      requested_at bigint not null,
      ready_at bigint not null,
      announced integer not null check (announced in (0, 1)),
      expires_at bigint not null
    )`,
    sql`create index recovery_ready on recovery (ready_at) where announced = 0`,
    sql`create index recovery_expiry on recovery (expires_at)`,
  ]
  for (const statement of statements) await statement.execute(db)
}

/** One verified address for each account. */
async function addVerifiedAddresses(db: Kysely<never>): Promise<void> {
  const statements = [
    sql`create unique index credential_one_address on credential (account_id) where method = 'email-code'`,
  ]
  for (const statement of statements) await statement.execute(db)
}

/** Accounts whose tokens were ended, and logouts that relying parties wait for. */
async function addGenerations(db: Kysely<never>): Promise<void> {
  const statements = [
    sql`alter table account add column generation bigint not null default 0`,
    sql`create table logout_notice (
      id text primary key,
      client_id text not null,
      account_id text not null,
      sid text,
      due_at bigint not null,
      expires_at bigint not null
    )`,
    sql`create index logout_notice_due on logout_notice (due_at)`,
    sql`create index logout_notice_expiry on logout_notice (expires_at)`,
  ]
  for (const statement of statements) await statement.execute(db)
}
