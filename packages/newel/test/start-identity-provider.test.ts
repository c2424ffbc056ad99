import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { parsePolicyDocument } from '@newel/policy-document'
import type { PolicyDocument } from '@newel/policy-document'
import { resolveClientSecrets, startIdentityProvider } from '../src/index.ts'
import type { StartedIdentityProvider } from '../src/index.ts'
import { documentText, makeFolder, testTime } from './in-process.ts'

function documentOf(text: string): PolicyDocument {
  const result = parsePolicyDocument(text)
  if (result.ok) return result.document
  throw new Error(JSON.stringify(result.problems))
}

describe('a provider in process', () => {
  const document = documentOf(documentText)
  const started: StartedIdentityProvider[] = []
  const folder = makeFolder()
  afterEach(async () => {
    for (const one of started.splice(0)) await one.close()
    folder.remove()
  })

  async function start(
    options: Partial<Parameters<typeof startIdentityProvider>[0]> = {},
  ): Promise<StartedIdentityProvider> {
    const one = await startIdentityProvider({
      document,
      data: { memory: true },
      port: 0,
      host: '127.0.0.1',
      clock: () => testTime,
      ...options,
    })
    started.push(one)
    return one
  }

  it('serves from memory, each with people of its own', async () => {
    const [first, second] = [await start(), await start()]
    const ada = await first.people.add({ username: 'ada', password: 'correct horse' })
    expect(ada.createdAt).toBe(testTime)
    expect(await first.store.accounts.byId(ada.id)).toEqual(ada)
    expect(await second.people.find('ada')).toBeUndefined()
    expect((await fetch(`${first.address}/.well-known/openid-configuration`)).status).toBe(200)
  })

  it('keeps people in its folder over a restart', async () => {
    const directory = join(folder.path, 'data')
    const first = await start({ data: { directory } })
    await first.people.add({ username: 'ada' })
    await first.close()
    await first.close()
    const second = await start({ data: { directory } })
    expect(await second.people.find('ada')).toMatchObject({ username: 'ada' })
  })

  it('leaves nothing open where the port is taken', async () => {
    const { address } = await start()
    const directory = join(folder.path, 'taken')
    const port = Number(new URL(address).port)
    await expect(start({ data: { directory }, port })).rejects.toMatchObject({
      code: 'address_in_use',
    })
    // The last connection that closes takes SQLite's log with it.
    expect(existsSync(join(directory, 'newel.db-wal'))).toBe(false)
  })
})

describe('the secrets of clients', () => {
  const confidential = (secret: string): PolicyDocument =>
    documentOf(
      `${documentText}  - { id: api, type: confidential, secret: ${secret}, redirectUris: ['https://a.example.com/cb'] }\n`,
    )

  it('come from the environment, or from a file beside the document without its line end', async () => {
    const folder = makeFolder({ 'api.secret': 'from a file\n' })
    const from = { env: { API_SECRET: 'from the environment' }, directory: folder.path }
    const env = await resolveClientSecrets(confidential('{ env: API_SECRET }'), from)
    expect([...env]).toEqual([['api', 'from the environment']])
    const file = await resolveClientSecrets(confidential('{ file: api.secret }'), from)
    expect([...file]).toEqual([['api', 'from a file']])
    folder.remove()
  })

  it.each([
    ['{ env: NOWHERE }', '`NOWHERE`'],
    ['{ env: EMPTY }', 'is empty'],
    ['{ file: nowhere.secret }', '`nowhere.secret`'],
  ])('that are not in %s stop the start', async (secret, text) => {
    const from = { env: { EMPTY: '' }, directory: '/nonexistent' }
    await expect(resolveClientSecrets(confidential(secret), from)).rejects.toMatchObject({
      code: 'client_secret_missing',
      message: expect.stringContaining(text) as string,
    })
  })
})
