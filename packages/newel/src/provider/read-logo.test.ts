import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { logoLimit } from '@newel/identity-provider'
import { type PolicyDocument, parsePolicyDocument } from '@newel/policy-document'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readLogo } from './read-logo.ts'

function documentWith(branding: string): PolicyDocument {
  const result = parsePolicyDocument(
    `issuer: https://id.example.com\nlevels: { basic: { accepts: [password], lifetime: 1h } }\n${branding}`,
  )
  if (!result.ok) throw new Error(result.problems.map(({ code }) => code).join())
  return result.document
}

describe('the logo', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'newel-logo-'))
  })
  afterEach(async () => rm(directory, { recursive: true }))

  it('comes from a file beside the document', async () => {
    await writeFile(join(directory, 'logo.svg'), '<svg/>')
    const logo = await readLogo(documentWith('branding: { logo: logo.svg }'), directory)
    expect(Buffer.from(logo ?? []).toString()).toBe('<svg/>')
  })

  it('is not read beyond what the provider takes', async () => {
    await writeFile(join(directory, 'logo.png'), Buffer.alloc(2 * logoLimit))
    const logo = await readLogo(documentWith('branding: { logo: logo.png }'), directory)
    expect(logo).toHaveLength(logoLimit + 1)
  })

  it('that is not there stops the start', async () => {
    await expect(
      readLogo(documentWith('branding: { logo: logo.png }'), directory),
    ).rejects.toMatchObject({ code: 'logo_missing' })
  })

  it('is none where the document names none', async () => {
    expect(await readLogo(documentWith(''), directory)).toBeUndefined()
  })
})
