import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Folder, documentText, makeFolder, testTime } from './in-process.ts'

const key = (letter: string): string => `${letter.repeat(42)}A`
const [old, next, third] = [key('A'), key('B'), key('C')]
const password = { stdin: 'a password of some length\n' }

let folder: Folder
beforeEach(async () => {
  folder = makeFolder({ 'newel.yaml': documentText })
  const added = await run(old, ['user', 'add', 'ada', '--password-stdin'], password)
  expect(added.exitCode).toBe(0)
})
afterEach(() => {
  folder.remove()
})

async function run(kek: string, args: readonly string[], given: object = {}) {
  return folder.newel(args, { ...given, env: { NEWEL_KEK: kek } })
}

interface Under {
  readonly keyId: string
  readonly key: string
  readonly counts: Readonly<Record<string, number>>
}

async function sealedUnder(kek: string): Promise<readonly Under[]> {
  return JSON.parse((await run(kek, ['keys', 'sealed', '--json'])).out) as readonly Under[]
}

describe('`newel keys sealed`', () => {
  it('shows under which key what is sealed, the current one first', async () => {
    const found = await sealedUnder(`${next} ${old}`)
    expect(found.map(({ key: state, counts }) => [state, counts])).toEqual([
      ['current', {}],
      ['previous', { credential: 1, database: 2 }],
    ])
    const { out } = await run(`${next} ${old}`, ['keys', 'sealed'])
    expect(out).toMatch(/previous\s+1 credential, 2 database/)
    expect(out).not.toContain(old)
  })
})

describe('`newel keys reseal`', () => {
  it('seals everything under the first key, and says from when on the other may be thrown away', async () => {
    const [, before] = await sealedUnder(`${next} ${old}`)
    const done = await run(`${next} ${old}`, ['keys', 'reseal'])
    expect(done.exitCode).toBe(0)
    expect(done.out).toContain('sealed anew: 1 credential, 2 database')
    expect(done.out).toContain(before?.keyId)
    expect(done.out).toContain(new Date((testTime + 900) * 1000).toISOString())
    expect((await run(next, ['user', 'list'])).out).toContain('ada')
    expect((await run(old, ['user', 'list'])).exitCode).toBe(3)
  })

  it('refuses where a key is missing, and names it with what is sealed under it', async () => {
    await run(`${next} ${old}`, ['user', 'add', 'ben', '--password-stdin'], password)
    const [lost] = await sealedUnder(`${next} ${old}`)
    const refused = await run(`${third} ${old}`, ['keys', 'reseal'])
    expect(refused.exitCode).toBe(3)
    expect(refused.err).toContain(`${lost?.keyId} (1 credential)`)
    expect(await sealedUnder(`${next} ${old}`)).toMatchObject([
      { counts: { credential: 1 } },
      { counts: { credential: 1, database: 2 } },
    ])
  })

  it('without an old key has nothing to do', async () => {
    const done = await run(old, ['keys', 'reseal'])
    expect([done.exitCode, done.out]).toEqual([0, expect.stringContaining('the only key')])
  })
})
