import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { existsSync, watch } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFileParkedCallStore, createFileTokenStore } from '../../src/node.ts'
import { failureOf } from './node-house.ts'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'newel-tokens-'))
  path = join(folder, 'deep', 'tokens.json')
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

function run(...words: string[]): ChildProcess {
  const script = fileURLToPath(new URL('lock-process.ts', import.meta.url))
  return spawn(process.execPath, ['--conditions=newel-source', script, ...words], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

describe('a token file', () => {
  it('is of this user alone, in a folder of theirs', async () => {
    const store = createFileTokenStore({ path })
    await store.write('one')
    await store.write('two')
    expect(await store.read()).toBe('two')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'deep'))).mode & 0o777).toBe(0o700)
    expect(await readdir(join(folder, 'deep'))).toEqual(['tokens.json'])
    await store.write(undefined)
    expect(await store.read()).toBeUndefined()
  })

  it.each([
    ['others can read it', () => chmod(path, 0o644)],
    ['the group can read it', () => chmod(path, 0o640)],
    [
      'it is a link',
      async () => {
        await writeFile(join(folder, 'elsewhere'), 'x', { mode: 0o600 })
        await rm(path)
        await symlink(join(folder, 'elsewhere'), path)
      },
    ],
  ])('is refused where %s', async (_, spoil) => {
    const store = createFileTokenStore({ path })
    await store.write('secret')
    await spoil()
    const error = await failureOf(store.read())
    expect(error).toMatchObject({ code: 'store_unusable' })
    expect(String(error)).not.toContain('secret')
  })

  it('is not laid in a folder where everybody may replace it', async () => {
    await chmod(folder, 0o777)
    const store = createFileTokenStore({ path: join(folder, 'tokens.json') })
    expect(await failureOf(store.write('x'))).toMatchObject({ code: 'store_unusable' })
  })

  it('is changed by one process at a time', async () => {
    const children = [run(path, '', '40'), run(path, '', '40')]
    const codes = await Promise.all(children.map(async (child) => once(child, 'exit')))
    expect(codes.map(([code]: unknown[]) => code)).toEqual([0, 0])
    expect(await createFileTokenStore({ path }).read()).toBe('80')
  })

  it('is free again when the process that held it was killed', async () => {
    const log = join(folder, 'log')
    const holder = run(path, log, 'hold')
    await new Promise<void>((resolve) => {
      const watcher = watch(folder, () => {
        if (!existsSync(log)) return
        watcher.close()
        resolve()
      })
    })
    const held = createFileTokenStore({ path, lockTimeLimitSeconds: 0.1 })
    const nothing = () => Promise.resolve('done')
    expect(await failureOf(held.exclusively(nothing))).toMatchObject({ code: 'store_unusable' })
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    const waiting = [1, 2, 3].map(() => createFileTokenStore({ path }).exclusively(nothing))
    expect(await Promise.all(waiting)).toEqual(['done', 'done', 'done'])
    expect(await readdir(join(folder, 'deep'))).toEqual([])
  })
})

describe('a folder of parked calls', () => {
  it('gives a call to one of those who take it', async () => {
    const store = createFileParkedCallStore({ folder: path })
    await store.put('../id', 'sealed', 100)
    expect(await store.read('../id')).toBe('sealed')
    const takes = await Promise.all([1, 2, 3, 4].map(() => store.take('../id')))
    expect(takes.filter(Boolean)).toHaveLength(1)
    expect(await readdir(path)).toEqual([])
  })

  it('forgets what is over', async () => {
    const store = createFileParkedCallStore({ folder: path })
    await store.put('early', 'x', 100)
    await store.put('late', 'y', 200)
    await store.removeExpired(150)
    expect([await store.read('early'), await store.read('late')]).toEqual([undefined, 'y'])
  })
})
