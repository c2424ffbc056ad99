import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SqliteConnection } from './sqlite-connection.ts'
import { SqliteTurns } from './sqlite-turns.ts'

describe('writes that come in one turn of the event loop', () => {
  let folder: string
  let connection: SqliteConnection
  let turns: SqliteTurns
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'newel-turns-'))
    connection = new SqliteConnection(join(folder, 'turns.db'), 1000)
    connection.run('create table thing (text text primary key) strict')
    turns = new SqliteTurns(connection)
  })
  afterEach(() => {
    vi.restoreAllMocks()
    connection.close()
    rmSync(folder, { recursive: true })
  })
  const add = async (text: string): Promise<number> =>
    turns.run('insert into thing (text) values (?)', [text])
  const count = (): unknown => connection.first('select count(*) as n from thing', [])?.['n']

  it('share one commit, and each is told when that is done', async () => {
    const run = vi.spyOn(connection, 'run')
    expect(await Promise.all(['a', 'b', 'c'].map(add))).toEqual([1, 1, 1])
    expect(run.mock.calls.filter(([sql]) => sql === 'commit')).toHaveLength(1)
    expect(count()).toBe(3)
  })

  it('fail one by one: what contradicts another fails alone', async () => {
    await add('a')
    const outcomes = await Promise.allSettled(['b', 'a', 'c'].map(add))
    expect(outcomes).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { code: 'store_conflict' } },
      { status: 'fulfilled' },
    ])
    expect(count()).toBe(3)
  })

  it('all fail where the disk has no room, and nothing of them stays', async () => {
    connection.first('pragma max_page_count = 6', [])
    const long = ['a', 'b', 'c', 'd', 'e'].map((text) => text.repeat(9000))
    const outcomes = await Promise.allSettled(long.map(add))
    const kept = outcomes.filter(({ status }) => status === 'fulfilled').length
    expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true)
    expect(count()).toBe(kept)
    expect(await add('small')).toBe(1)
  })

  it('all fail where the commit does', async () => {
    const run = connection.run.bind(connection)
    vi.spyOn(connection, 'run').mockImplementation((sql, parameters) => {
      if (sql === 'commit') throw new Error('the disk is gone')
      return run(sql, parameters)
    })
    const outcomes = await Promise.allSettled(['a', 'b'].map(add))
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(count()).toBe(0)
  })

  it('wait for a transaction that is open, and are no part of it', async () => {
    let end = (): void => {}
    const open = new Promise<void>((resolve) => {
      end = resolve
    })
    const refused = turns.transaction('any', async () => {
      await turns.run('insert into thing (text) values (?)', ['inside'])
      await open
      throw new Error('changed my mind')
    })
    const outside = Promise.all([add('outside'), add('too')])
    await new Promise((resolve) => setImmediate(resolve))
    expect(count()).toBe(1)
    end()
    await expect(refused).rejects.toThrow('changed my mind')
    await outside
    expect(connection.all('select text from thing order by text', [])).toEqual([
      { text: 'outside' },
      { text: 'too' },
    ])
  })
})
