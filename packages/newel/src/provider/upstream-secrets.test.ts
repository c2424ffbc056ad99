import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SecretReference, parsePolicyDocument } from '@newel/policy-document'
import { resolveUpstreamSecrets } from './upstream-secrets.ts'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'newel-upstream-secrets-'))
  writeFileSync(join(directory, 'secret'), 'of-a-file\n')
  writeFileSync(join(directory, 'empty'), '\n')
})
afterAll(() => {
  rmSync(directory, { recursive: true })
})

async function resolve(secret: SecretReference | undefined): Promise<unknown> {
  const stated = secret === undefined ? '' : `, secret: ${JSON.stringify(secret)}`
  const parsed = parsePolicyDocument(`issuer: https://id.example.com
levels: { basic: { accepts: [federated], lifetime: 1h } }
upstreams: [{ id: company, issuer: 'https://login.example', clientId: newel, accept: [{ name: any, any: true }]${stated} }]
`)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  const secrets = await resolveUpstreamSecrets(parsed.document, {
    env: { SECRET: 'of-the-environment', EMPTY: '' },
    directory,
  })
  return secrets.get('company')
}

describe('the secret for an upstream', () => {
  it.each([
    [{ env: 'SECRET' }, 'of-the-environment'],
    [{ file: 'secret' }, 'of-a-file'],
    [undefined, undefined],
  ])('%j', async (reference, expected) => {
    expect(await resolve(reference)).toBe(expected)
  })

  it.each([{ env: 'OTHER' }, { env: 'EMPTY' }, { file: 'other' }, { file: 'empty' }])(
    'is missed where %j has none',
    async (reference) => {
      await expect(resolve(reference)).rejects.toMatchObject({ code: 'upstream_secret_missing' })
    },
  )
})
