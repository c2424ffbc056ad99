import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PolicyDocument, parsePolicyDocument } from '@newel/policy-document'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { resolveMailPassword } from './mail-password.ts'

function documentWith(mail: string): PolicyDocument {
  const result = parsePolicyDocument(
    `issuer: https://id.example.com\nlevels: { basic: { accepts: [password], lifetime: 1h } }\n${mail}`,
  )
  if (!result.ok) throw new Error(result.problems.map(({ code }) => code).join())
  return result.document
}

const by = (reference: string): PolicyDocument =>
  documentWith(
    `mail: { from: id@example.com, smtp: { host: m.example.com, username: newel, password: ${reference} } }`,
  )

describe('the password of the mail server', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'newel-mail-'))
  })
  afterEach(async () => rm(directory, { recursive: true }))

  it('comes from the environment', async () => {
    const env = { SMTP: 'from the environment' }
    expect(await resolveMailPassword(by('{ env: SMTP }'), { env, directory })).toBe(env.SMTP)
  })

  it('comes from a file beside the document, without its line end', async () => {
    await writeFile(join(directory, 'smtp'), 'from a file\n')
    const password = await resolveMailPassword(by('{ file: smtp }'), { env: {}, directory })
    expect(password).toBe('from a file')
  })

  it.each(['{ env: SMTP }', '{ file: smtp }', '{ file: empty }'])(
    'that is not there stops the start: %s',
    async (reference) => {
      await writeFile(join(directory, 'empty'), '\n')
      const reading = resolveMailPassword(by(reference), { env: { SMTP: '' }, directory })
      await expect(reading).rejects.toMatchObject({ code: 'mail_password_missing' })
    },
  )

  it('is not asked where there is no mail, or no login', async () => {
    const from = { env: {}, directory }
    expect(await resolveMailPassword(documentWith(''), from)).toBeUndefined()
    const open = documentWith('mail: { from: id@example.com, smtp: { host: m.example.com } }')
    expect(await resolveMailPassword(open, from)).toBeUndefined()
  })
})
