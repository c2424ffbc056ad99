import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, rmdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestPostgres, TestRedis } from '@newel/testing'
import type { Outage } from './outage.ts'

/** All that the provider has is in this PostgreSQL, which dies and comes back. */
export function postgresAway(server: TestPostgres): Outage {
  return {
    databaseIn: async () => ({ kind: 'postgres', url: await server.newDatabase() }),
    begin: async () => server.crash(),
    end: async () => server.start(),
    unready: true,
  }
}

/** What expires soon is in this Redis, which dies and comes back. */
export function redisAway(server: TestPostgres, redis: TestRedis): Outage {
  return {
    databaseIn: async () => ({
      kind: 'postgres',
      url: await server.newDatabase(),
      redis: redis.url,
    }),
    begin: async () => redis.crash(),
    end: async () => redis.start(),
    unready: true,
  }
}

/** A disk of 8 MiB of the SQLite's own, which something else fills to the last byte. */
export function diskFull(): Outage & { unmount(): void } {
  const disk = mkdtempSync(join(tmpdir(), 'newel-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk])
  const ballast = join(disk, 'ballast')
  return {
    databaseIn: () => ({ kind: 'sqlite', path: join(disk, `${randomUUID()}.db`) }),
    begin: async () => fill(ballast),
    end: async () => rmSync(ballast),
    unready: false,
    unmount() {
      execFileSync('umount', [disk])
      rmdirSync(disk)
    },
  }
}

/** Why no small disk can be made here; undefined where one can. */
export function diskMissing(): string | undefined {
  return process.platform === 'linux' && process.getuid?.() === 0
    ? undefined
    : 'only root on Linux can mount a small disk'
}

function fill(path: string): void {
  for (const size of [1 << 20, 1 << 12]) {
    const block = Buffer.alloc(size, 1)
    try {
      for (;;) writeFileSync(path, block, { flag: 'a' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }
}
