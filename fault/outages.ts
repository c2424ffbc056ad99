import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, rmdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestPostgres, type TestRedis, startPostgres } from '@newel/testing'
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
  const disk = mountDisk('8m')
  const ballast = join(disk, 'ballast')
  return {
    databaseIn: () => ({ kind: 'sqlite', path: join(disk, `${randomUUID()}.db`) }),
    begin: async () => fill(ballast),
    end: async () => rmSync(ballast),
    unready: false,
    unmount() {
      unmountDisk(disk)
    },
  }
}

/**
 * A disk of 96 MiB of a PostgreSQL's own, which something else fills to the last byte. The server may refuse single writes,
 * or end where it cannot write its log; then whoever makes room starts it again.
 */
export async function postgresDiskFull(): Promise<Outage & { unmount(): Promise<void> }> {
  const disk = mountDisk('96m')
  const ballast = join(disk, 'ballast')
  const server = await startPostgres({ disk })
  return {
    databaseIn: async () => ({ kind: 'postgres', url: await server.newDatabase() }),
    begin: async () => fill(ballast),
    async end() {
      rmSync(ballast)
      if (server.isRunning()) await server.untilAnswers()
      else await server.start()
    },
    unready: false,
    async unmount() {
      await server.stop()
      unmountDisk(disk)
    },
  }
}

/** Why no small disk can be made here; undefined where one can. In a container root alone may not do. */
export function diskMissing(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'only root on Linux can mount a small disk'
  try {
    unmountDisk(mountDisk('1m'))
    return undefined
  } catch {
    return 'root may not mount a small disk here'
  }
}

function mountDisk(size: string): string {
  const disk = mkdtempSync(join(tmpdir(), 'newel-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk], { stdio: 'pipe' })
  } catch (error) {
    rmdirSync(disk)
    throw error
  }
  return disk
}

function unmountDisk(disk: string): void {
  execFileSync('umount', [disk])
  rmdirSync(disk)
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
