import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/** Counts of wrong answers as a limiter keeps them. Locks and counts that stand are taken over. */
export async function countByLimiters(db: Kysely<never>): Promise<void> {
  const changes = [
    sql`create table attempt_next (
      key text primary key,
      points integer not null,
      blocked integer not null check (blocked in (0, 1)),
      expires_at integer not null
    ) strict`,
    sql`insert into attempt_next
      select key, failures + (locked_until is not null), locked_until is not null, expires_at from attempt`,
    sql`drop table attempt`,
    sql`alter table attempt_next rename to attempt`,
    sql`create index attempt_expiry on attempt (expires_at)`,
  ]
  for (const statement of changes) await statement.execute(db)
}
