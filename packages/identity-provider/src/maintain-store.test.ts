import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { createSealer } from './secrets/index.ts'
import { openSqliteStore } from './store/index.ts'
import { maintainStore } from './maintain-store.ts'

it('maintenance removes what has expired, however much, and nothing else', async () => {
  const store = await openSqliteStore({ path: ':memory:', sealer: createSealer(randomBytes(32)) })
  try {
    for (let number = 0; number < 1200; number += 1) {
      await store.artifacts.upsert('AccessToken', `old-${number}`, { number }, 1000)
    }
    await store.artifacts.upsert('AccessToken', 'live', {}, 2000)
    await store.sessions.append('gone', 'ada', [{ method: 'password', at: 1 }], 1)
    await store.sessions.append('open', 'ada', [{ method: 'password', at: 1400 }], 1400)
    await maintainStore(store, 1500, 100)
    expect(await store.artifacts.removeExpired(1500, 10)).toBe(0)
    expect(await store.artifacts.find('AccessToken', 'live', 1500)).toBeDefined()
    expect([await store.sessions.read('gone'), await store.sessions.read('open')]).toEqual([
      undefined,
      expect.objectContaining({ accountId: 'ada' }),
    ])
  } finally {
    await store.close()
  }
})
