import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDocumentReload } from './document-reload.ts'

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
  const follow = async (): ReturnType<typeof createDocumentReload> =>
    createDocumentReload({
      file: { path, shown: 'newel.yaml', directory: folder },
      logger: { info: note, warn: note, error: note },
      take: async ({ levels }) => {
        taken.push(levels.byAcr('basic')?.lifetimeSeconds ?? -1)
      },
    })

  it('is taken up once for each change, and not without one', async () => {
    const reload = await follow()
    await reload.whenChanged()
    writeFileSync(path, good('1h'))
    await reload.whenChanged()
    await reload.whenChanged()
    expect(taken).toEqual([3600])
  })

  it('is refused with line and column where it has a problem, said once, and mended by the next change', async () => {
    const reload = await follow()
    writeFileSync(path, `${good('1h')}sesion: { lifetime: 1h }\n`)
    await reload.whenChanged()
    await reload.whenChanged()
    expect(taken).toEqual([])
    expect(logged).toHaveLength(1)
    expect(logged[0]).toContain('newel.yaml:4:1')
    writeFileSync(path, good('2h'))
    await reload.whenChanged()
    expect(taken).toEqual([7200])
  })

  it('that is gone for a moment changes nothing', async () => {
    const reload = await follow()
    rmSync(path)
    await reload.whenChanged()
    expect([taken, logged]).toEqual([[], []])
  })
})
