import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PolicyDocument, parsePolicyDocument } from '@newel/policy-document'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { resolveRegistrationToken } from './registration-token.ts'

function documentWith(registration: string): PolicyDocument {
  const result = parsePolicyDocument(
    `issuer: https://id.example.com\nlevels: { basic: { accepts: [password], lifetime: 1h } }\n${registration}`,
  )
  if (!result.ok) throw new Error(result.problems.map(({ code }) => code).join())
  return result.document
}

const by = (reference: string): PolicyDocument =>
  documentWith(
    `registration: { initialAccessToken: ${reference}, redirectOrigins: ['https://a.example.com'] }`,
  )

describe('the initial access token of registration', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'newel-registration-'))
  })
  afterEach(async () => rm(directory, { recursive: true }))

  it('comes from the environment, or a file beside the document without its line end', async () => {
    await writeFile(join(directory, 'token'), 'from a file\n')
    const from = { env: { TOKEN: 'from the environment' }, directory }
    expect(await resolveRegistrationToken(by('{ env: TOKEN }'), from)).toBe(from.env.TOKEN)
    expect(await resolveRegistrationToken(by('{ file: token }'), from)).toBe('from a file')
  })

  it.each(['{ env: TOKEN }', '{ file: token }', '{ file: empty }'])(
    'that is not there stops the start: %s',
    async (reference) => {
      await writeFile(join(directory, 'empty'), '\n')
      const reading = resolveRegistrationToken(by(reference), { env: { TOKEN: '' }, directory })
      await expect(reading).rejects.toMatchObject({ code: 'registration_token_missing' })
    },
  )

  it('is not asked where nobody registers', async () => {
    const from = { env: {}, directory }
    expect(await resolveRegistrationToken(documentWith(''), from)).toBeUndefined()
  })
})
