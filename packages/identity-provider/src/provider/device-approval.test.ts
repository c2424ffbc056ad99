import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSealer } from '../secrets/index.ts'
import { type Store, openSqliteStore } from '../store/index.ts'
import { artifactAdapter } from './artifact-adapter.ts'

const now = 1_000
let store: Store

beforeAll(async () => {
  store = await openSqliteStore({ path: ':memory:', sealer: createSealer(new Uint8Array(32)) })
})
afterAll(async () => {
  await store.close()
})

const asked = { clientId: 'tv', userCode: 'BBBBBBBB', params: {} }
const answers = {
  confirm: { ...asked, inFlight: true },
  cancel: { ...asked, error: 'access_denied' },
}

/** Of so many browsers that read the device's request before any of them wrote. */
async function heard(id: string, ...given: (keyof typeof answers)[]): Promise<number> {
  const codes = artifactAdapter(store.artifacts, () => now)('DeviceCode')
  await codes.upsert(id, asked, 600)
  const results = await Promise.allSettled(
    given.map(async (answer) => codes.upsert(id, answers[answer], 600)),
  )
  return results.filter(({ status }) => status === 'fulfilled').length
}

describe('the answer to a device', () => {
  it('of twenty browsers that confirm at once is heard of one', async () => {
    const twenty = Array.from({ length: 20 }, () => 'confirm' as const)
    expect(await heard('a', ...twenty)).toBe(1)
  })

  it('of one that confirms and one that cancels is heard of one', async () => {
    expect(await heard('b', 'confirm', 'cancel')).toBe(1)
    expect(await heard('c', 'cancel', 'confirm')).toBe(1)
  })

  it('is followed by what the browser that confirmed brings about', async () => {
    const codes = artifactAdapter(store.artifacts, () => now)('DeviceCode')
    await codes.upsert('d', asked, 600)
    await codes.upsert('d', answers.confirm, 600)
    await codes.upsert('d', { ...answers.confirm, accountId: 'ada' }, 600)
    expect(await codes.find('d')).toMatchObject({ accountId: 'ada' })
  })
})
