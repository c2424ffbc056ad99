import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type TestPostgres, postgresMissing, startPostgres } from '@newel/testing'
import { type Folder, documentText, makeFolder } from './in-process.ts'

const kek = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'

describe.skipIf(postgresMissing() !== undefined)('newel on a shared PostgreSQL', () => {
  let server: TestPostgres
  let folder: Folder
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(async () => server.stop())
  afterEach(() => {
    folder.remove()
  })

  it('migrates when told, and works on no database that lacks a migration', async () => {
    folder = makeFolder({ 'newel.yaml': documentText })
    const env = { NEWEL_DATABASE_URL: await server.newDatabase(), NEWEL_KEK: kek }
    expect((await folder.newel(['migrate', '--check'], { env })).exitCode).toBe(3)
    const refused = await folder.newel(['user', 'list'], { env })
    expect([refused.exitCode, refused.err]).toEqual([3, expect.stringContaining('newel migrate')])
    expect((await folder.newel(['migrate'], { env })).exitCode).toBe(0)
    expect((await folder.newel(['migrate', '--check'], { env })).exitCode).toBe(0)
  })

  it('shows on one node who was added on another, and refuses one with another key', async () => {
    const env = { NEWEL_DATABASE_URL: await server.newDatabase(), NEWEL_KEK: kek }
    const first = makeFolder({ 'newel.yaml': documentText })
    await first.newel(['migrate'], { env })
    const stdin = 'a password of some length\n'
    await first.newel(['user', 'add', 'ada', '--password-stdin'], { env, stdin })
    first.remove()
    folder = makeFolder({ 'newel.yaml': documentText })
    expect((await folder.newel(['user', 'list'], { env })).out).toContain('ada')
    const other = { ...env, NEWEL_KEK: kek.replace('A', 'B') }
    const refused = await folder.newel(['user', 'list'], { env: other })
    expect([refused.exitCode, refused.err]).toEqual([3, expect.stringContaining('NEWEL_KEK')])
  })

  it('never repeats an address that it cannot use, which may hold a password', async () => {
    folder = makeFolder({ 'newel.yaml': documentText })
    const env = { NEWEL_DATABASE_URL: 'mysql://newel:hidden-secret@db/newel', NEWEL_KEK: kek }
    const refused = await folder.newel(['user', 'list'], { env })
    expect(refused.exitCode).toBe(3)
    expect(refused.err).not.toContain('hidden-secret')
    const argument = ['user', 'list', '--database', 'mysql://newel:hidden-secret@db/newel']
    const misspelt = await folder.newel(argument)
    expect([misspelt.exitCode, misspelt.err.includes('hidden-secret')]).toEqual([3, false])
  })

  it('takes a Redis beside the database alone, and never repeats an address that it cannot use', async () => {
    folder = makeFolder({ 'newel.yaml': documentText })
    const database = { NEWEL_DATABASE_URL: await server.newDatabase(), NEWEL_KEK: kek }
    await folder.newel(['migrate'], { env: database })
    const alone = { NEWEL_REDIS_URL: 'redis://newel:hidden-secret@127.0.0.1:9/0', NEWEL_KEK: kek }
    const refused = await folder.newel(['user', 'list'], { env: alone })
    expect([refused.exitCode, refused.err]).toEqual([3, expect.stringContaining('PostgreSQL')])
    const away = await folder.newel(['user', 'list'], { env: { ...alone, ...database } })
    expect([away.exitCode, away.err]).toEqual([3, expect.stringContaining('Redis')])
    const wrong = { ...database, NEWEL_REDIS_URL: 'http://newel:hidden-secret@127.0.0.1:9/0' }
    const invalid = await folder.newel(['user', 'list'], { env: wrong })
    expect([invalid.exitCode, invalid.err]).toEqual([3, expect.stringContaining('redis://')])
    for (const { err } of [refused, away, invalid]) expect(err).not.toContain('hidden-secret')
  })
})
