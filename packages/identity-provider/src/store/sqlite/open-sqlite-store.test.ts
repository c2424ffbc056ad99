import { execFile } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sampleAccount, sqliteProcess } from '@newel/testing'
import { createSealer } from '../../secrets/sealer.ts'
import type { Store } from '../store.ts'
import { openSqliteStore } from './open-sqlite-store.ts'
import { SqliteConnection } from './sqlite-connection.ts'

const sealer = createSealer(new Uint8Array(32).fill(7))

describe('opening a SQLite store', () => {
  let folder: string
  let path: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'newel-open-'))
    path = join(folder, 'data', 'newel.db')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const open = async (options: object = {}): Promise<Store> =>
    openSqliteStore({ path, sealer, busyTimeoutMilliseconds: 20, ...options })

  async function created(): Promise<void> {
    const store = await open()
    await store.accounts.create(sampleAccount())
    await store.close()
  }

  it('makes folder and files for their owner alone', async () => {
    const store = await open()
    await store.accounts.create(sampleAccount())
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700)
    for (const file of [path, `${path}-wal`, `${path}-shm`]) {
      expect(statSync(file).mode & 0o777).toBe(0o600)
    }
    await store.close()
  })

  it('finds again what was there', async () => {
    await created()
    const store = await open()
    expect(await store.accounts.byUsername('ada')).toEqual(sampleAccount())
    await store.close()
  })

  it('sets what durability needs', async () => {
    const store = await open()
    const connection = new SqliteConnection(path, 20)
    expect(connection.first('pragma journal_mode', [])).toEqual({ journal_mode: 'wal' })
    connection.close()
    await store.close()
  })

  it('warns of a file that other users can read, and opens it', async () => {
    await created()
    chmodSync(path, 0o644)
    const warnings: unknown[] = []
    const store = await open({ logger: { warn: (facts: unknown) => warnings.push(facts) } })
    expect(warnings).toEqual([{ path, mode: '644' }])
    await store.close()
  })

  it('refuses a database that a newer release changed, and leaves it as it was', async () => {
    await created()
    const newer = new SqliteConnection(path, 20)
    newer.run("insert into kysely_migration (name, timestamp) values ('0099-future', '2030-01-01')")
    newer.close()
    const before = readFileSync(path)
    await expect(open()).rejects.toMatchObject({ name: 'StoreError', code: 'store_newer_version' })
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  it('refuses a database of another program, and leaves it as it was', async () => {
    mkdirSync(join(folder, 'data'))
    const foreign = new SqliteConnection(path, 20)
    foreign.run('create table somebody_elses (thing text)')
    foreign.close()
    const before = readFileSync(path)
    await expect(open()).rejects.toMatchObject({ code: 'store_corrupt' })
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  it('refuses a file that is not a database, and leaves it as it was', async () => {
    mkdirSync(join(folder, 'data'))
    const text = 'these are my notes, not a database\n'.repeat(200)
    writeFileSync(path, text, { mode: 0o600 })
    await expect(open()).rejects.toMatchObject({ code: 'store_corrupt' })
    expect(readFileSync(path, 'utf8')).toBe(text)
  })

  it('refuses a database that was cut short', async () => {
    await created()
    truncateSync(path, statSync(path).size - 40_000)
    await expect(open()).rejects.toMatchObject({ code: 'store_corrupt' })
  })

  it('takes an empty file for a new database', async () => {
    mkdirSync(join(folder, 'data'))
    writeFileSync(path, '', { mode: 0o600 })
    await created()
  })

  it('says so when another process holds the database, and opens it afterwards', async () => {
    await created()
    const other = new SqliteConnection(path, 20)
    other.run('begin immediate')
    await expect(open()).rejects.toMatchObject({ code: 'store_locked' })
    other.run('rollback')
    other.close()
    const store = await open()
    await store.close()
  })

  it('says so when a write finds the database held, and the write can be repeated', async () => {
    const store = await open()
    const other = new SqliteConnection(path, 20)
    other.run('begin immediate')
    const locked = { code: 'store_locked' }
    await expect(store.accounts.create(sampleAccount())).rejects.toMatchObject(locked)
    await expect(store.sessions.append('s', 'a', [], 1)).rejects.toMatchObject(locked)
    expect(await store.accounts.byId('sub-ada')).toBeUndefined()
    other.run('rollback')
    other.close()
    expect(await store.accounts.create(sampleAccount())).toBe('created')
    await store.close()
  })

  it('refuses a database whose secrets were sealed under another key', async () => {
    await created()
    const stranger = createSealer(new Uint8Array(32).fill(8))
    await expect(open({ sealer: stranger })).rejects.toMatchObject({ code: 'store_wrong_key' })
    const ring = { current: new Uint8Array(32).fill(8), previous: [new Uint8Array(32).fill(7)] }
    const store = await open({ sealer: createSealer(ring) })
    await store.close()
  })

  it('says so where there can be no file', async () => {
    writeFileSync(join(folder, 'data'), 'a file where a folder should be')
    await expect(open()).rejects.toMatchObject({ code: 'store_unavailable' })
    await expect(open({ path: folder })).rejects.toMatchObject({ code: 'store_unavailable' })
  })

  it('says so in a folder, and of a file, that cannot be written', async () => {
    await created()
    const readOnly = join(folder, 'read-only')
    mkdirSync(readOnly)
    chmodSync(folder, 0o755)
    chmodSync(readOnly, 0o555)
    const before = readFileSync(path)
    chmodSync(path, 0o444)
    chmodSync(join(folder, 'data'), 0o755)
    expect(await reportUnprivileged(join(readOnly, 'newel.db'))).toBe('store_unavailable')
    expect(await reportUnprivileged(path)).toBe('store_unavailable')
    expect(existsSync(join(readOnly, 'newel.db'))).toBe(false)
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  it('migrates once when many open a new database at the same time', async () => {
    const reports = await Promise.all(Array.from({ length: 4 }, async () => report(path)))
    expect(reports).toEqual(['open', 'open', 'open', 'open'])
  })

  it('rolls a refused transaction back whole', async () => {
    const store = await open()
    await store.sessions.append('s', 'sub-ada', [], 1)
    const event = { method: 'totp', at: 1, properties: { count: 1n } } as never
    await expect(
      store.sessions.append('s', 'sub-ada', [{ method: 'password', at: 1 }, event], 2),
    ).rejects.toThrow(TypeError)
    expect(await store.sessions.read('s')).toEqual({ accountId: 'sub-ada', events: [] })
    await store.close()
  })
})

const conditions = ['--conditions=newel-source', '--no-warnings']

async function report(path: string, user: { uid?: number; gid?: number } = {}): Promise<string> {
  const args = [...conditions, sqliteProcess('open-and-report'), path]
  const { stdout } = await promisify(execFile)(process.execPath, args, user)
  return stdout.trim()
}

/** The rights of a file do not bind root. */
async function reportUnprivileged(path: string): Promise<string> {
  const isRoot = process.getuid?.() === 0
  return report(path, isRoot ? { uid: 65_534, gid: 65_534 } : {})
}
