import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { postgresMissing, startPostgres } from '@newel/testing'
import { openCredentialSecret, sealCredentialSecret } from '../authenticators/credential-secret.ts'
import { cookieKeys } from '../provider/cookie-keys.ts'
import { type Sealer, createSealer, createSigningKeys } from '../secrets/index.ts'
import {
  type SealedStore,
  type Store,
  StoreError,
  openPostgresStore,
  openSqliteStore,
} from '../store/index.ts'
import { reseal, survey } from './reseal.ts'

const now = 1_800_000_000
const [old, next] = [randomBytes(32), randomBytes(32)]
const before = createSealer(old)
const both = createSealer({ current: next, previous: [old] })
const after = createSealer(next)
const owner = { id: 'c', accountId: 'sub-ada' }

let folder: string
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'newel-reseal-'))
  await within(before, async (store) => {
    await store.accounts.create({
      id: owner.accountId,
      username: 'ada',
      disabled: false,
      createdAt: now,
    })
    await store.credentials.add({
      ...owner,
      method: 'password',
      label: 'Password',
      createdAt: now,
      data: { scheme: 'argon2id' },
      secret: sealCredentialSecret(before, owner, Buffer.from('the hash')),
    })
    await createSigningKeys({ store: store.keys, sealer: before }).load(now)
    await cookieKeys(store, randomBytes, now)
    for (let index = 0; index < 250; index += 1) {
      await store.artifacts.upsert('RefreshToken', `token-${index}`, { index }, now + 60)
    }
    await store.interactions.create(
      { id: 'i', version: 1, csrfToken: 'x', events: [], failedAttempts: 0 },
      now + 60,
    )
  })
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

async function within<Result>(
  sealer: Sealer,
  work: (store: Store) => Promise<Result>,
): Promise<Result> {
  const store = await openSqliteStore({ path: join(folder, 'newel.db'), sealer })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** Reads with the new key alone what was written under the old one. */
async function readEverything(): Promise<void> {
  await within(after, async (store) => {
    const [credential] = await store.credentials.forAccount(owner.accountId)
    if (credential?.secret === undefined) throw new Error('no secret')
    expect(Buffer.from(openCredentialSecret(after, credential)).toString()).toBe('the hash')
    expect(await createSigningKeys({ store: store.keys, sealer: after }).load(now)).toHaveLength(1)
    expect(await cookieKeys(store, randomBytes, now)).toHaveLength(1)
    const tokens = await Promise.all(
      Array.from({ length: 250 }, async (_, index) =>
        store.artifacts.find('RefreshToken', `token-${index}`, now),
      ),
    )
    expect(tokens.map((token) => token?.payload['index'])).toEqual(
      Array.from({ length: 250 }, (_, index) => index),
    )
    expect(await store.interactions.read('i', now)).toBeDefined()
  })
}

describe('the operator’s key', () => {
  it('is told apart from others, with what is sealed under it', async () => {
    const found = await within(both, async ({ sealed }) => survey(sealed, both))
    expect(found).toEqual([
      { keyId: after.keyIds[0], key: 'current', counts: {} },
      {
        keyId: before.keyIds[0],
        key: 'previous',
        counts: { artifact: 251, interaction: 1, credential: 1, 'signing-key': 1, database: 2 },
      },
    ])
  })

  it('can be thrown away after everything was sealed anew', async () => {
    const done = await within(both, async ({ sealed }) => reseal(sealed, both, now))
    expect(done).toEqual({
      kind: 'resealed',
      counts: { artifact: 251, interaction: 1, credential: 1, 'signing-key': 1, database: 2 },
      disused: before.keyIds,
      disusedFrom: now + 900,
    })
    await readEverything()
    await expect(within(before, async () => 'opened')).rejects.toMatchObject({
      code: 'store_wrong_key',
    })
  })

  it('is needed until the last value is sealed anew, and the rest follows after a kill', async () => {
    await expect(
      within(both, async ({ sealed }) => reseal(dyingAfter(sealed, 2), both, now)),
    ).rejects.toThrow('killed')
    await expect(within(after, async () => 'opened')).rejects.toMatchObject({
      code: 'store_wrong_key',
    })
    const rest = await within(both, async ({ sealed }) => reseal(sealed, both, now))
    expect(rest).toMatchObject({ kind: 'resealed', counts: { artifact: 51 } })
    await readEverything()
  })

  it('sealed anew twice changes nothing the second time', async () => {
    await within(both, async ({ sealed }) => reseal(sealed, both, now))
    const again = await within(both, async ({ sealed }) => reseal(sealed, both, now))
    expect(again).toMatchObject({
      counts: { artifact: 0, interaction: 0, credential: 0, 'signing-key': 0, database: 0 },
    })
  })

  it('that is missing is named with what it sealed, and nothing is changed', async () => {
    const lost = randomBytes(32)
    const withLost = createSealer({ current: lost, previous: [old] })
    await within(withLost, async ({ artifacts }) => {
      await artifacts.upsert('Session', 'one', {}, now + 60)
      await artifacts.upsert('Session', 'two', {}, now + 60)
    })
    const done = await within(both, async ({ sealed }) => reseal(sealed, both, now))
    expect(done).toEqual({
      kind: 'keys_missing',
      missing: [{ keyId: withLost.keyIds[0], key: 'missing', counts: { artifact: 2 } }],
    })
    const found = await within(both, async ({ sealed }) => survey(sealed, both))
    expect(found[0]?.counts).toEqual({})
  })

  it('leaves what a node wrote between reading and writing, and comes back for it', async () => {
    await within(both, async (store) => {
      const busy: SealedStore = {
        ...store.sealed,
        async list(kind, page) {
          const listed = await store.sealed.list(kind, page)
          // A node replaces the token that was just read.
          if (kind === 'artifact' && page.after === undefined) {
            await store.artifacts.upsert(
              'RefreshToken',
              'token-7',
              { index: 7, newer: true },
              now + 60,
            )
          }
          return listed
        },
      }
      expect(await reseal(busy, both, now)).toMatchObject({ kind: 'resealed' })
      const kept = await store.artifacts.find('RefreshToken', 'token-7', now)
      expect(kept?.payload).toEqual({ index: 7, newer: true })
    })
  })

  it('is given up for a step that another transaction is in the way of, and comes back for it', async () => {
    await within(both, async ({ sealed }) => {
      let locked = 1
      const contended: SealedStore = {
        ...sealed,
        async replace(values) {
          if (locked > 0) {
            locked -= 1
            throw new StoreError('store_locked', 'another transaction was in the way')
          }
          return sealed.replace(values)
        },
      }
      expect(await reseal(contended, both, now)).toMatchObject({ counts: { artifact: 251 } })
    })
    await readEverything()
  })

  it('under which a node goes on sealing is named as in use', async () => {
    const done = await within(both, async (store) =>
      within(before, async (behind) => {
        let written = 0
        const busy: SealedStore = {
          ...store.sealed,
          async list(kind, page) {
            written += 1
            await behind.artifacts.upsert('Session', `again-${written}`, {}, now + 60)
            return store.sealed.list(kind, page)
          },
        }
        return reseal(busy, both, now)
      }).catch((error: unknown) => error),
    )
    expect(done).toEqual({ kind: 'still_in_use', keyIds: before.keyIds })
  })
})

describe.skipIf(postgresMissing() !== undefined)('on a PostgreSQL with nodes at work', () => {
  it('is replaced under everything, and nothing that the nodes wrote is lost', async () => {
    const server = await startPostgres()
    const url = await server.newDatabase()
    const ring = async (sealer: Sealer): Promise<Store> => openPostgresStore({ url, sealer })
    const first = await ring(before)
    for (let index = 0; index < 300; index += 1) {
      await first.artifacts.upsert('Session', `s${index}`, { written: 0 }, now + 60)
    }
    await first.close()
    const [node, operator] = [await ring(both), await ring(both)]
    const work = new AbortController()
    let written = 0
    const traffic = (async () => {
      while (!work.signal.aborted) {
        written += 1
        const step = written
        await Promise.all(
          Array.from({ length: 20 }, async (_, index) =>
            node.artifacts.upsert(
              'Session',
              `s${(step * 20 + index) % 300}`,
              { written: step },
              now + 60,
            ),
          ),
        )
        await node.artifacts.removeExpired(now, 100)
      }
    })()
    const done = await reseal(operator.sealed, both, now)
    work.abort()
    await traffic
    expect(done).toMatchObject({ kind: 'resealed' })
    await Promise.all([node.close(), operator.close()])
    const alone = await ring(after)
    const found = await Promise.all(
      Array.from({ length: 300 }, async (_, index) =>
        alone.artifacts.find('Session', `s${index}`, now),
      ),
    )
    expect(found.filter((session) => session === undefined)).toEqual([])
    const last = Array.from({ length: 20 }, (_, index) => found[(written * 20 + index) % 300])
    expect(last.map((session) => session?.payload['written'])).toEqual(last.map(() => written))
    await alone.close()
    await server.stop()
  })
})

/** The process ends after so many steps. */
function dyingAfter(sealed: SealedStore, steps: number): SealedStore {
  let left = steps
  return {
    ...sealed,
    async replace(values) {
      if (left === 0) throw new Error('killed')
      left -= 1
      return sealed.replace(values)
    },
  }
}
