import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { countByLimiters } from './count-by-limiters.ts'
import { sealArtifacts } from './seal-artifacts.ts'

/**
 * What made the database what it is, in the order of the names. One that was released is never changed; a new one is added.
 */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-store': { up: createStore },
  '0002-account-pages': { up: addAccountPages },
  '0003-recovery-codes': { up: addRecoveryCodes },
  '0004-upstream-subjects': { up: addUpstreamSubjects },
  '0005-recovery': { up: addRecovery },
  '0006-limiters': { up: countByLimiters },
  '0007-verified-addresses': { up: addVerifiedAddresses },
  '0008-sealed-artifacts': { up: sealArtifacts },
  '0009-generations': { up: addGenerations },
}

async function createStore(db: Kysely<never>): Promise<void> {
  const tables = [
    sql`create table meta (name text primary key, value blob not null) strict`,

    // Rows are large, so the table keeps its rowid and the key is an index beside it.
    sql`create table artifact (
      model text not null,
      id text not null,
      payload_json text not null,
      grant_id text,
      uid text,
      user_code text,
      consumed_at integer,
      expires_at integer,
      primary key (model, id)
    ) strict`,
    sql`create index artifact_grant on artifact (grant_id) where grant_id is not null`,
    sql`create index artifact_uid on artifact (model, uid) where uid is not null`,
    sql`create index artifact_user_code on artifact (model, user_code) where user_code is not null`,
    sql`create index artifact_expiry on artifact (expires_at) where expires_at is not null`,

    sql`create table account (
      id text primary key,
      username text not null,
      username_key text not null unique,
      name text,
      email text,
      disabled integer not null check (disabled in (0, 1)),
      created_at integer not null,
      attributes_json text
    ) strict`,

    sql`create table credential (
      id text primary key,
      account_id text not null references account (id) on delete cascade,
      method text not null check (method in ('password', 'totp', 'webauthn')),
      label text not null,
      created_at integer not null,
      last_used_at integer,
      data_json text not null,
      secret blob,
      webauthn_id text unique,
      counter integer,
      totp_step integer
    ) strict`,
    sql`create index credential_account on credential (account_id)`,
    sql`create unique index credential_one_password on credential (account_id) where method = 'password'`,

    sql`create table session (
      uid text primary key,
      account_id text not null,
      appended_at integer not null
    ) strict`,
    sql`create index session_appended on session (appended_at)`,
    sql`create table session_event (
      session_uid text not null references session (uid) on delete cascade,
      method text not null,
      at integer not null,
      request text not null,
      properties_json text,
      primary key (session_uid, method, at, request)
    ) strict`,

    sql`create table interaction (
      id text primary key,
      version integer not null,
      state_json text not null,
      expires_at integer not null
    ) strict`,
    sql`create index interaction_expiry on interaction (expires_at)`,

    sql`create table attempt (
      key text primary key,
      failures integer not null,
      window_ends_at integer not null,
      locked_until integer,
      expires_at integer not null
    ) strict`,
    sql`create index attempt_expiry on attempt (expires_at)`,

    sql`create table signing_key (
      kid text primary key,
      state text not null check (state in ('next', 'active', 'retired')),
      alg text not null,
      public_jwk_json text not null,
      sealed_private_jwk blob not null,
      created_at integer not null,
      activated_at integer,
      retired_at integer
    ) strict`,
    sql`create unique index signing_key_one_of on signing_key (state) where state <> 'retired'`,
  ]
  for (const statement of tables) await statement.execute(db)
}

/** Where sessions were used, and what happened to an account. */
async function addAccountPages(db: Kysely<never>): Promise<void> {
  const changes = [
    sql`alter table session add column first_seen_at integer`,
    sql`alter table session add column last_seen_at integer`,
    sql`alter table session add column address text`,
    sql`alter table session add column device text`,
    sql`create index session_account on session (account_id)`,
    sql`create table security_event (
      account_id text not null references account (id) on delete cascade,
      at integer not null,
      type text not null,
      method text,
      client_id text,
      address text,
      device text
    ) strict`,
    sql`create index security_event_account on security_event (account_id, at)`,
    sql`create index security_event_at on security_event (at)`,
  ]
  for (const statement of changes) await statement.execute(db)
}

/** One more method of a credential: SQLite changes a check only by making the table anew. */
async function addRecoveryCodes(db: Kysely<never>): Promise<void> {
  const columns = sql.raw(
    'id, account_id, method, label, created_at, last_used_at, data_json, secret, webauthn_id, counter, totp_step',
  )
  const changes = [
    sql`create table credential_next (
      id text primary key,
      account_id text not null references account (id) on delete cascade,
      method text not null check (method in ('password', 'totp', 'webauthn', 'recovery-code')),
      label text not null,
      created_at integer not null,
      last_used_at integer,
      data_json text not null,
      secret blob,
      webauthn_id text unique,
      counter integer,
      totp_step integer,
      used_codes integer
    ) strict`,
    sql`insert into credential_next (${columns}) select ${columns} from credential order by rowid`,
    sql`drop table credential`,
    sql`alter table credential_next rename to credential`,
    sql`create index credential_account on credential (account_id)`,
    sql`create unique index credential_one_password on credential (account_id) where method = 'password'`,
    sql`create unique index credential_one_recovery on credential (account_id) where method = 'recovery-code'`,
  ]
  for (const statement of changes) await statement.execute(db)
}

/** Credentials that an outside name belongs to. Which methods there are is known to the program alone from here on. */
async function addUpstreamSubjects(db: Kysely<never>): Promise<void> {
  const columns = sql.raw(
    'id, account_id, method, label, created_at, last_used_at, data_json, secret, webauthn_id, counter, totp_step, used_codes',
  )
  const changes = [
    sql`create table credential_next (
      id text primary key,
      account_id text not null references account (id) on delete cascade,
      method text not null,
      label text not null,
      created_at integer not null,
      last_used_at integer,
      data_json text not null,
      secret blob,
      webauthn_id text unique,
      counter integer,
      totp_step integer,
      used_codes integer,
      external_id text unique
    ) strict`,
    sql`insert into credential_next (${columns}) select ${columns} from credential order by rowid`,
    sql`drop table credential`,
    sql`alter table credential_next rename to credential`,
    sql`create index credential_account on credential (account_id)`,
    sql`create unique index credential_one_password on credential (account_id) where method = 'password'`,
    sql`create unique index credential_one_recovery on credential (account_id) where method = 'recovery-code'`,
  ]
  for (const statement of changes) await statement.execute(db)
}

/** Coming back: accounts found by address, tokens ended by account, and factors that are being recovered. */
async function addRecovery(db: Kysely<never>): Promise<void> {
  const changes = [
    sql`alter table account add column valid_from integer`,
    sql`create index account_email on account (lower(email)) where email is not null`,
    sql`create table recovery (
      account_id text primary key references account (id) on delete cascade,
      id text not null,
      credential_ids_json text not null,
      requested_at integer not null,
      ready_at integer not null,
      announced integer not null check (announced in (0, 1)),
      expires_at integer not null
    ) strict`,
    sql`create index recovery_ready on recovery (ready_at) where announced = 0`,
    sql`create index recovery_expiry on recovery (expires_at)`,
  ]
  for (const statement of changes) await statement.execute(db)
}

/** One verified address for each account. */
async function addVerifiedAddresses(db: Kysely<never>): Promise<void> {
  const changes = [
    sql`create unique index credential_one_address on credential (account_id) where method = 'email-code'`,
  ]
  for (const statement of changes) await statement.execute(db)
}

/** Accounts whose tokens were ended, and logouts that relying parties wait for. */
async function addGenerations(db: Kysely<never>): Promise<void> {
  const changes = [
    sql`alter table account add column generation integer not null default 0`,
    sql`create table logout_notice (
      id text primary key,
      client_id text not null,
      account_id text not null,
      sid text,
      due_at integer not null,
      expires_at integer not null
    ) strict`,
    sql`create index logout_notice_due on logout_notice (due_at)`,
    sql`create index logout_notice_expiry on logout_notice (expires_at)`,
  ]
  for (const statement of changes) await statement.execute(db)
}
