import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sampleAccount, sampleTotp, sqliteProcess } from '@newel/testing'
import { createSealer } from '../../secrets/sealer.ts'
import type { Store } from '../store.ts'
import { openSqliteStore } from './open-sqlite-store.ts'
import { SqliteConnection } from './sqlite-connection.ts'

const sealer = createSealer(new Uint8Array(32).fill(7))

describe('several processes on one SQLite file', () => {
  let folder: string
  let path: string
  let store: Store
  const children: ChildProcessWithoutNullStreams[] = []
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'newel-processes-'))
    path = join(folder, 'newel.db')
    store = await openSqliteStore({ path, sealer })
  })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })

  function start(
    program: Parameters<typeof sqliteProcess>[0],
    ...args: string[]
  ): ChildProcessWithoutNullStreams {
    const file = sqliteProcess(program)
    const child = spawn(process.execPath, ['--conditions=newel-source', file, path, ...args])
    child.stdout.setEncoding('utf8')
    child.stderr.pipe(process.stderr)
    children.push(child)
    return child
  }

  it('have one winner for every code and every time step, and lose no failure', async () => {
    const count = 100
    await store.accounts.create(sampleAccount())
    await store.credentials.add(sampleTotp())
    for (let index = 0; index < count; index++) {
      await store.artifacts.upsert('AuthorizationCode', `code-${index}`, {}, undefined)
    }
    const competitors = [start('compete', `${count}`), start('compete', `${count}`)]
    await Promise.all(competitors.map(async (child) => once(child.stdout, 'data')))
    const outputs = competitors.map(async (child) => textOf(child))
    for (const child of competitors) child.stdin.write('go\n')
    const won = (await Promise.all(outputs)).map(
      (text) => JSON.parse(text) as { consumed: number[]; accepted: number[] },
    )

    const everyCode = Array.from({ length: count }, (_, index) => index)
    const consumed = won.flatMap((result) => result.consumed).toSorted((a, b) => a - b)
    expect(consumed).toEqual(everyCode)
    const accepted = won.flatMap((result) => result.accepted)
    expect(new Set(accepted).size).toBe(accepted.length)
    expect(accepted).toContain(count - 1)
    expect((await store.attempts.state('key', 1)).failures).toBe(2 * count)
  })

  it('see each other’s writes at once', async () => {
    const second = await openSqliteStore({ path, sealer })
    await store.artifacts.upsert('Session', 'id', { n: 1 }, undefined)
    expect((await second.artifacts.find('Session', 'id', 1))?.payload).toEqual({ n: 1 })
    await second.artifacts.destroy('Session', 'id')
    expect(await store.artifacts.find('Session', 'id', 1)).toBeUndefined()
    await second.close()
  })

  it('keep every acknowledged write of one that was killed', async () => {
    let acknowledged = -1
    for (let round = 0; round < 5; round++) {
      const writer = start('write-until-killed', `${acknowledged + 1}`)
      let seen = ''
      const enough = acknowledged + 20 + round * 7
      for await (const chunk of writer.stdout) {
        seen += String(chunk)
        const last = Number(seen.slice(0, seen.lastIndexOf('\n')).split('\n').at(-1))
        if (last >= enough) writer.kill('SIGKILL')
      }
      const complete = seen.slice(0, seen.lastIndexOf('\n')).split('\n')
      acknowledged = Number(complete.at(-1))
    }
    expect(acknowledged).toBeGreaterThan(100)
    for (let number = 0; number <= acknowledged; number++) {
      const token = await store.artifacts.find('RefreshToken', `token-${number}`, 1)
      expect(token?.payload).toEqual({ number })
      expect((await store.sessions.read(`session-${number}`))?.events).toHaveLength(2)
    }
    // What was being written when it was killed is there whole or not at all.
    const connection = new SqliteConnection(path, 1000)
    expect(connection.first('pragma integrity_check', [])).toEqual({ integrity_check: 'ok' })
    expect(connection.all('pragma foreign_key_check', [])).toEqual([])
    const halves = connection.all(
      'select session_uid from session_event group by session_uid having count(*) <> 2',
      [],
    )
    connection.close()
    expect(halves).toEqual([])
  })
})

async function textOf(child: ChildProcessWithoutNullStreams): Promise<string> {
  let text = ''
  for await (const chunk of child.stdout) text += String(chunk)
  return text
}
