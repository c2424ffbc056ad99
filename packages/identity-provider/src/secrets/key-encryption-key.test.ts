import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadOrCreateKek } from './key-encryption-key.ts'

const one = Buffer.alloc(32, 1)
const two = Buffer.alloc(32, 2)

describe('the key file', () => {
  let folder: string
  let file: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'newel-kek-'))
    file = join(folder, 'deep', 'kek')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('is made once, for its owner alone', async () => {
    const made = await loadOrCreateKek({ file })
    expect(made.current).toHaveLength(32)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'deep')).mode & 0o777).toBe(0o700)
    expect(await loadOrCreateKek({ file })).toEqual(made)
  })

  it('is one key for all that make it at once, with no draft left', async () => {
    const rings = await Promise.all(
      Array.from({ length: 12 }, async () => loadOrCreateKek({ file })),
    )
    const keys = rings.map(({ current }) => Buffer.from(current).toString('hex'))
    expect(new Set(keys).size).toBe(1)
    expect(readdirSync(join(folder, 'deep'))).toEqual(['kek'])
  })

  it('holds the current key first and previous ones after it', async () => {
    file = join(folder, 'kek')
    const lines = `${two.toString('base64url')}\n${one.toString('base64url')}\n`
    writeFileSync(file, lines, { mode: 0o600 })
    expect(await loadOrCreateKek({ file })).toEqual({ current: two, previous: [one] })
  })

  it('is refused while other users can read it', async () => {
    await loadOrCreateKek({ file })
    for (const mode of [0o640, 0o604, 0o622]) {
      chmodSync(file, mode)
      await expect(loadOrCreateKek({ file })).rejects.toMatchObject({ code: 'kek_exposed' })
    }
  })

  it.each([
    ['nothing', ''],
    ['too few bytes', one.subarray(1).toString('base64url')],
    ['another alphabet', one.toString('hex')],
    ['one good key and one bad', `${one.toString('base64url')} nonsense`],
  ])('is refused with %s in it, and never overwritten', async (_, content) => {
    file = join(folder, 'kek')
    writeFileSync(file, content, { mode: 0o600 })
    const before = statSync(file).mtimeMs
    await expect(loadOrCreateKek({ file })).rejects.toMatchObject({ code: 'kek_invalid' })
    expect(statSync(file).mtimeMs).toBe(before)
  })

  it('does not show its content in the error', async () => {
    file = join(folder, 'kek')
    writeFileSync(file, 'almost-a-secret', { mode: 0o600 })
    const error: unknown = await loadOrCreateKek({ file }).catch((reason: unknown) => reason)
    expect(String(error)).not.toContain('almost')
  })

  it('says so where it cannot be read or made', async () => {
    writeFileSync(join(folder, 'plain'), '')
    await expect(loadOrCreateKek({ file: join(folder, 'plain', 'kek') })).rejects.toMatchObject({
      code: 'kek_unavailable',
    })
  })

  it('is left alone where the environment has the key', async () => {
    const ring = await loadOrCreateKek({ env: one.toString('base64url'), file })
    expect(ring).toEqual({ current: one, previous: [] })
    expect(existsSync(file)).toBe(false)
    await expect(loadOrCreateKek({ env: '', file })).rejects.toMatchObject({ code: 'kek_invalid' })
  })
})
