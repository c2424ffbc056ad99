import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { startMailServer } from '@newel/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { documentText, makeFolder, testTime } from './in-process.ts'
import type { Folder, Outcome } from './in-process.ts'

const password = 'correct horse battery'

describe('user', () => {
  let folder: Folder
  beforeEach(() => {
    folder = makeFolder({ 'newel.yaml': documentText })
  })
  afterEach(() => folder.remove())

  async function add(username: string, ...options: string[]): Promise<Outcome> {
    const args = ['user', 'add', username, ...options, '--password-stdin']
    return folder.newel(args, { stdin: `${password}\n` })
  }

  async function listed(): Promise<unknown> {
    return JSON.parse((await folder.newel(['user', 'list', '--json'])).out)
  }

  it('add, totp, list and remove do so, and make the data where it is missing', async () => {
    expect(await add('ada', '--name', 'Ada Lovelace')).toEqual({
      exitCode: 0,
      out: 'added ada',
      err: '',
    })
    const recovery = await folder.newel(['user', 'recovery-codes', 'ada', '--json'])
    expect((JSON.parse(recovery.out) as { codes: string[] }).codes).toHaveLength(10)
    const totp = await folder.newel(['user', 'totp', 'ADA', '--json'])
    expect(JSON.parse(totp.out)).toMatchObject({
      uri: expect.stringMatching(/^otpauth:\/\/totp\/Newel%20Bank:ada\?/) as string,
      key: expect.stringMatching(/^[A-Z2-7]{32}$/) as string,
    })
    expect(await listed()).toMatchObject([
      {
        username: 'ada',
        name: 'Ada Lovelace',
        createdAt: testTime,
        authenticators: ['password', 'recovery-code', 'totp'],
      },
    ])
    const table = await folder.newel(['user', 'list'])
    expect(table.out).toMatch(
      /^USERNAME +NAME +EMAIL +AUTHENTICATORS\nada +Ada Lovelace +- +password, recovery-code, totp$/,
    )
    expect((await folder.newel(['user', 'remove', 'ada'])).exitCode).toBe(0)
    expect(await listed()).toEqual([])
  })

  it('disable and enable do so, and say where there was nothing to do', async () => {
    await add('ada')
    const outs: string[] = []
    for (const command of ['disable', 'disable', 'enable', 'enable']) {
      const { exitCode, out } = await folder.newel(['user', command, 'ada'])
      expect(exitCode).toBe(0)
      outs.push(out)
      if (outs.length === 1) expect(await listed()).toMatchObject([{ disabled: true }])
    }
    expect(new Set(outs).size).toBe(4)
    expect(await listed()).toMatchObject([{ disabled: false }])
  })

  it('unlock tells where nothing is locked', async () => {
    await add('ada')
    const outcome = await folder.newel(['user', 'unlock', 'ada'])
    expect(outcome).toEqual({ exitCode: 0, out: 'nothing of ada was locked', err: '' })
  })

  it('recovery tells that nothing is reported, and refuses to end what is not there', async () => {
    await add('ada')
    const shown = await folder.newel(['user', 'recovery', 'ada'])
    expect([shown.exitCode, shown.out]).toEqual([0, 'ada reported nothing as lost'])
    for (const option of ['--refuse', '--finish']) {
      expect((await folder.newel(['user', 'recovery', 'ada', option])).exitCode).toBe(1)
    }
    const both = await folder.newel(['user', 'recovery', 'ada', '--refuse', '--finish'])
    expect(both.exitCode).toBe(2)
  })

  it('list shows no control characters of a name', async () => {
    await add('ada', '--name', 'Ada\u001B[2J')
    expect((await folder.newel(['user', 'list'])).out).not.toContain('\u001B')
  })

  it('password takes the new password from standard input', async () => {
    await add('ada')
    const args = ['user', 'password', 'ada', '--password-stdin']
    expect(await folder.newel(args, { stdin: 'staple staple\r\n' })).toMatchObject({ exitCode: 0 })
  })

  it('password tells the person by mail, where the provider has it', async () => {
    const server = await startMailServer()
    const smtp = `{ host: 127.0.0.1, port: ${server.port}, tls: none }`
    folder.write('newel.yaml', `${documentText}mail: { from: id@example.com, smtp: ${smtp} }\n`)
    await add('ada', '--email', 'ada@example.com')
    const args = ['user', 'password', 'ada', '--password-stdin']
    const outcome = await folder.newel(args, { stdin: 'staple staple\n' })
    await server.close()
    expect(outcome).toMatchObject({ exitCode: 0, err: '' })
    expect(server.letters.map(({ recipients, mail }) => [recipients, mail.subject])).toEqual([
      [['ada@example.com'], 'Your password was changed'],
    ])
  })

  it.each([
    ['the password of the mail server is not there', 'username: id, password: { env: NONE }'],
    ['the mail server is not there', 'port: 9, tls: none'],
  ])('password is changed, with a warning, where %s', async (_, smtp) => {
    folder.write(
      'newel.yaml',
      `${documentText}mail: { from: id@example.com, smtp: { host: 127.0.0.1, ${smtp} } }\n`,
    )
    await add('ada', '--email', 'ada@example.com')
    const args = ['user', 'password', 'ada', '--password-stdin']
    const outcome = await folder.newel(args, { stdin: 'staple staple\n' })
    expect(outcome).toMatchObject({ exitCode: 0, out: 'changed the password of ada' })
    expect(outcome.err).toMatch(/^newel: warning: /)
    expect(outcome.err).not.toContain('ada@example.com')
  })

  it('add asks twice at a terminal', async () => {
    const agreed = await folder.newel(['user', 'add', 'ada'], { answers: [password, password] })
    expect(agreed).toMatchObject({ exitCode: 0, out: 'added ada' })
  })

  it.each([
    ['two passwords that differ', { answers: [password, 'another'] }, 1, 'differ'],
    ['a cancelled prompt', { answers: [undefined] }, 1, 'cancelled'],
    ['no terminal', {}, 2, '--password-stdin'],
  ])('add with %s changes nothing', async (_name, given, exitCode, text) => {
    const outcome = await folder.newel(['user', 'add', 'ada'], given)
    expect(outcome).toMatchObject({ exitCode, out: '' })
    expect(outcome.err).toContain(text)
    expect(await listed()).toEqual([])
  })

  it.each([
    ['nothing', '', 2],
    ['two lines', 'first line\nsecond line\n', 2],
    ['what is not UTF-8', Uint8Array.of(0xff, 0xfe, 0x41, 0x42), 2],
    ['too much', 'a'.repeat(10_000), 2],
    ['a short password', '1234567\n', 1],
    ['the user name', 'ada-lovelace\n', 1],
  ])('add refuses %s on standard input', async (_name, stdin, exitCode) => {
    const args = ['user', 'add', 'ada-lovelace', '--password-stdin']
    const outcome = await folder.newel(args, { stdin })
    expect(outcome).toMatchObject({ exitCode, out: '' })
    expect(outcome.err).toMatch(/^newel: [^\n]+; [^\n]+$/)
  })

  it.each([
    ['a name that is taken', ['add', 'ADA', '--password-stdin'], 1],
    ['a name of nothing', ['add', ' ', '--password-stdin'], 2],
    ['an address that is none', ['add', 'bob', '--email', 'bob', '--password-stdin'], 2],
    ['nobody to remove', ['remove', 'bob'], 1],
    ['nobody to enrol', ['totp', 'bob'], 1],
    ['nobody to recover', ['recovery-codes', 'bob'], 1],
    ['nobody to give a password', ['password', 'bob', '--password-stdin'], 1],
  ])('%s is one line on standard error', async (_name, args, exitCode) => {
    await add('ada')
    const outcome = await folder.newel(['user', ...args], { stdin: password })
    expect(outcome).toMatchObject({ exitCode, out: '' })
    expect(outcome.err).toMatch(/^newel: [^\n]+; [^\n]+$/)
  })

  it.each([['list'], ['remove ada'], ['totp ada']])(
    '%s does not make data that is missing',
    async (command) => {
      const args = ['user', ...command.split(' '), '--data', 'elsewhere']
      const outcome = await folder.newel(args)
      expect(outcome).toMatchObject({ exitCode: 3, out: '' })
      expect(outcome.err).toContain('`elsewhere`')
      expect(existsSync(join(folder.path, 'elsewhere'))).toBe(false)
    },
  )

  it.each([['add'], ['list'], ['remove'], ['password'], ['totp']])(
    '%s has examples in its help',
    async (command) => {
      const { exitCode, out } = await folder.newel(['user', command, '--help'])
      expect(exitCode).toBe(0)
      expect(out).toContain(`Examples:\n  $ newel user ${command}`)
    },
  )

  describe('where the data stands in the way', () => {
    const data = (name: string): string => join(folder.path, '.newel', name)
    const kek = Buffer.alloc(32, 9).toString('base64url')
    beforeEach(async () => {
      await add('ada')
    })

    it.each([
      [
        'a database of a newer release',
        'newer',
        () => {
          const db = new DatabaseSync(data('newel.db'))
          db.exec("insert into kysely_migration (name, timestamp) values ('9999-future', '')")
          db.close()
        },
        {},
      ],
      [
        'a file that is no database',
        '--data',
        () => writeFileSync(data('newel.db'), 'x'.repeat(4096)),
        {},
      ],
      ['a key that others can read', '600', () => chmodSync(data('newel.key'), 0o644), {}],
      ['another key', 'key', () => {}, { NEWEL_KEK: kek }],
      ['a key that is none', 'base64url', () => {}, { NEWEL_KEK: 'short' }],
    ] as const)('%s is one line and 3', async (_name, text, spoil, env) => {
      spoil()
      const outcome = await folder.newel(['user', 'list'], { env })
      expect(outcome).toMatchObject({ exitCode: 3, out: '' })
      expect(outcome.err).toContain(text)
      expect(outcome.err).toMatch(/^newel: [^\n]+; [^\n]+$/)
    })

    it('a database that is locked is one line and 3, once patience is over', async () => {
      const db = new DatabaseSync(data('newel.db'))
      db.exec('begin exclusive')
      const outcome = await folder.newel(['user', 'list'])
      db.exec('rollback')
      db.close()
      expect(outcome).toMatchObject({ exitCode: 3, out: '' })
      expect(outcome.err).toMatch(/^newel: another process holds the database; [^\n]+$/)
    })
  })
})
