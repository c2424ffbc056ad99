import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/** Counts of wrong answers as a limiter keeps them. Locks and counts that stand are taken over. */
export async function countByLimiters(db: Kysely<never>): Promise<void> {
  const changes = [
    sql`alter table attempt rename column failures to points`,
    sql`alter table attempt add column blocked integer not null default 0 check (blocked in (0, 1))`,
    sql`update attempt set blocked = 1, points = points + 1 where locked_until is not null`,
    sql`alter table attempt drop column window_ends_at, drop column locked_until`,
  ]
  for (const statement of changes) await statement.execute(db)
}
