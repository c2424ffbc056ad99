import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSealer, openSqliteStore, withRedis } from '@newel/identity-provider'
import type { Store } from '@newel/identity-provider'
import { redisMissing, startRedis } from '@newel/testing'
import { type TestHouse, type Visitor, answerPages, formsOf, redeem } from '@newel/testing/house'
import { Redis } from 'iovalkey'
import { ask, now, openStepUpHouse, outcome } from './step-up-house.ts'

const sealer = createSealer(randomBytes(32))
let folder: string
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  folder = await mkdtemp(join(tmpdir(), 'newel-rest-'))
})
afterEach(async () => {
  vi.useRealTimers()
  await rm(folder, { recursive: true })
})

/** Everything that is written in the files of the database, the log included. */
async function rawDatabase(): Promise<Buffer> {
  const files = (await readdir(folder)).filter((name) => name.startsWith('newel.db'))
  return Buffer.concat(await Promise.all(files.map(async (name) => readFile(join(folder, name)))))
}

/** Signs in and steps up in two requests, and tells every value that somebody could use. */
async function live(house: TestHouse): Promise<readonly string[]> {
  const secrets = new Set<string>()
  const visitor = house.visitor()
  const note = (who: Visitor): void => {
    for (const { value } of who.cookies.values()) {
      secrets.add(value)
      secrets.add(decodeURIComponent(value))
    }
  }
  const ada = await house.addPerson('ada', { totp: true })
  const first = await ask(house, visitor, {})
  note(visitor)
  secrets.add(formsOf(first.page)[0]?.fields['csrf_token'] ?? '')
  secrets.add(first.page.url.pathname.split('/').at(-1) ?? '')
  const { page } = await answerPages(visitor, first.page, ada)
  note(visitor)
  secrets.add(page.url.searchParams.get('code') ?? '')
  const tokens = await redeem(house, 'web', first.attempt, page)
  expect(tokens.raw['refresh_token']).toBeTypeOf('string')
  for (const value of Object.values(tokens.raw)) if (typeof value === 'string') secrets.add(value)
  // One that stays open: a code that nobody redeemed, and a step-up that nobody answered.
  const second = await ask(house, visitor, {})
  expect(outcome(second.page)).toBe('code')
  secrets.add(second.page.url.searchParams.get('code') ?? '')
  const third = await ask(house, visitor, { acr_values: 'mfa', state: 'state-of-the-third' })
  secrets.add('state-of-the-third')
  secrets.add(formsOf(third.page)[0]?.fields['csrf_token'] ?? '')
  note(visitor)
  return [...secrets].filter((secret) => secret.length > 12)
}

async function openFile(): Promise<Store> {
  return openSqliteStore({ path: join(folder, 'newel.db'), sealer })
}

it('no session id, code, token or form token stands in the database file', async () => {
  const house = await openStepUpHouse({ store: await openFile(), sealer, keepStore: true })
  const secrets = await live(house)
  await house.provider.close()
  const raw = await rawDatabase()
  expect(secrets.length).toBeGreaterThan(6)
  expect(raw.includes('ada')).toBe(true)
  expect(secrets.filter((secret) => raw.includes(secret))).toEqual([])
  await house.store.close()
})

it.skipIf(redisMissing() !== undefined)('nor in a Redis beside it', async () => {
  const server = await startRedis()
  try {
    const store = await withRedis(await openFile(), { url: server.url, sealer })
    const house = await openStepUpHouse({ store, sealer, keepStore: true })
    const secrets = await live(house)
    const redis = new Redis(server.url)
    const kept: string[] = []
    for (const key of await redis.keys('*')) {
      kept.push(key, ...((await redis.type(key)) === 'hash' ? await redis.hvals(key) : []))
    }
    redis.disconnect()
    expect(kept.join('\n')).toContain('newel:artifact:AuthorizationCode:')
    expect(secrets.filter((secret) => kept.join('\n').includes(secret))).toEqual([])
    const raw = await rawDatabase()
    expect(secrets.filter((secret) => raw.includes(secret))).toEqual([])
    await house.provider.close()
    await store.close()
  } finally {
    await server.stop()
  }
})

describe('what an artifact says of a person', () => {
  it('stands in no file of the database, while it lives and after it was removed', async () => {
    const store = await openFile()
    const payload = {
      grantId: 'grant-of-ada-lovelace',
      uid: 'uid-of-ada-lovelace',
      userCode: 'BCDF-GHJK',
      claims: { email: 'ada.lovelace@example.test', address: { street: '12 St James Square' } },
    }
    const words = ['lovelace', 'BCDF-GHJK', 'St James Square', 'bearer-ada']
    await store.artifacts.upsert('RefreshToken', 'bearer-ada', payload, now() + 60)
    await store.interactions.create(
      { ...interaction, enrolment: { email: 'ada.lovelace@example.test' } },
      now() + 60,
    )
    const raw = await rawDatabase()
    expect(words.filter((word) => raw.includes(word))).toEqual([])
    await store.artifacts.destroy('RefreshToken', 'bearer-ada')
    await store.close()
    const after = await rawDatabase()
    expect(words.filter((word) => after.includes(word))).toEqual([])
  })

  it('opens under its own id and model alone', async () => {
    const store = await openFile()
    await store.artifacts.upsert('RefreshToken', 'one', { mine: 1 }, now() + 60)
    await store.artifacts.upsert('RefreshToken', 'two', { mine: 2 }, now() + 60)
    await store.close()
    const { DatabaseSync } = await import('node:sqlite')
    const database = new DatabaseSync(join(folder, 'newel.db'))
    // Whoever can write the database puts the payload of one under the other.
    database.exec('update artifact set payload = (select max(payload) from artifact)')
    database.close()
    const again = await openFile()
    const found = await Promise.allSettled(
      ['one', 'two'].map(async (id) => again.artifacts.find('RefreshToken', id, now())),
    )
    expect(found.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    await again.close()
  })

  it('counts as gone where the key that it was sealed under is', async () => {
    const [old, next] = [randomBytes(32), randomBytes(32)]
    const path = join(folder, 'newel.db')
    const before = await openSqliteStore({ path, sealer: createSealer(old) })
    await before.close()
    const both = await openSqliteStore({
      path,
      sealer: createSealer({ current: next, previous: [old] }),
    })
    await both.artifacts.upsert('Session', 'new', { n: 1 }, now() + 60)
    await both.close()
    const alone = await openSqliteStore({ path, sealer: createSealer(old) })
    expect(await alone.artifacts.find('Session', 'new', now())).toBeUndefined()
    await alone.close()
  })
})

const interaction = { id: 'i', version: 1, csrfToken: 'bearer-ada', events: [], failedAttempts: 0 }
