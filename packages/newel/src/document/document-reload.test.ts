import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type DocumentReload, type TakeDocument, createDocumentReload } from './document-reload.ts'

const good = (lifetime: string): string => `issuer: http://localhost:4000
levels:
  basic: { accepts: [password], lifetime: ${lifetime} }
`

describe('a document that is served and changed', () => {
  let folder: string
  let path: string
  let taken: number[]
  let logged: string[]
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'newel-reload-'))
    path = join(folder, 'newel.yaml')
    taken = []
    logged = []
    writeFileSync(path, good('12h'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  const note = (fields: object, message: string): void => {
    logged.push(`${message} ${JSON.stringify(fields)}`)
  }
  const follow = async (): Promise<DocumentReload> =>
    createDocumentReload({
      file: { path, shown: 'newel.yaml', directory: folder },
      logger: { info: note, warn: note, error: note },
    })
  const take: TakeDocument = async ({ levels }) => {
    taken.push(levels.byAcr('basic')?.lifetimeSeconds ?? -1)
  }

  it('is taken up once for each change, and not without one', async () => {
    const reload = await follow()
    await reload.whenChanged(take)
    writeFileSync(path, good('1h'))
    await reload.whenChanged(take)
    await reload.whenChanged(take)
    expect(taken).toEqual([3600])
  })

  it('is refused with line and column where it has a problem, said once, and mended by the next change', async () => {
    const reload = await follow()
    writeFileSync(path, `${good('1h')}sesion: { lifetime: 1h }\n`)
    await reload.whenChanged(take)
    await reload.whenChanged(take)
    expect(taken).toEqual([])
    expect(logged).toHaveLength(1)
    expect(logged[0]).toContain('newel.yaml:4:1')
    writeFileSync(path, good('2h'))
    await reload.whenChanged(take)
    expect(taken).toEqual([7200])
  })

  it('that was refused for something outside it is tried again until that is mended', async () => {
    const reload = await follow()
    writeFileSync(path, good('1h'))
    await reload.whenChanged(async () => {
      throw new Error('a secret is missing')
    })
    await reload.whenChanged(take)
    expect([taken, logged.length]).toEqual([[3600], 2])
  })

  it('is taken up unchanged where that is asked, as what it names may have changed', async () => {
    const reload = await follow()
    await reload.now(take)
    expect(taken).toEqual([12 * 3600])
  })

  it('that changed twice while one is taken up ends with the newest', async () => {
    const reload = await follow()
    const first = reload.now(async (document) => {
      writeFileSync(path, good('2h'))
      await take(document)
    })
    await Promise.all([first, reload.whenChanged(take)])
    expect(taken).toEqual([12 * 3600, 7200])
  })

  it('that is gone for a moment changes nothing', async () => {
    const reload = await follow()
    rmSync(path)
    await reload.whenChanged(take)
    expect([taken, logged]).toEqual([[], []])
  })
})
