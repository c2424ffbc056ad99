import { randomBytes } from 'node:crypto'
import { Provider } from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSealer } from '../secrets/index.ts'
import { type Store, openSqliteStore } from '../store/index.ts'
import { artifactAdapter } from './artifact-adapter.ts'
import { refuseReplays } from './refuse-replays.ts'

let store: Store
beforeAll(async () => {
  store = await openSqliteStore({ path: ':memory:', sealer: createSealer(randomBytes(32)) })
})
afterAll(async () => store.close())

const now = Math.floor(Date.now() / 1000)

function node(at = now): Provider {
  const provider = new Provider('https://id.example.com', {
    adapter: artifactAdapter(store.artifacts, () => at),
  })
  refuseReplays(provider, store.artifacts, () => at)
  return provider
}

describe('a signed proof', () => {
  it('is new to one caller, whichever nodes ask at the same time', async () => {
    const nodes = [node(), node(), node()]
    const answers = await Promise.all(
      nodes.map(async ({ ReplayDetection }) => ReplayDetection.unique('app', 'jti-1', now + 60)),
    )
    expect(answers.filter(Boolean)).toHaveLength(1)
  })

  it('is not that of another client by the same name, nor by the same letters', async () => {
    const { ReplayDetection } = node()
    expect(await ReplayDetection.unique('ab', 'c', now + 60)).toBe(true)
    expect(await ReplayDetection.unique('a', 'bc', now + 60)).toBe(true)
    expect(await ReplayDetection.unique('ab', 'c', now + 60)).toBe(false)
  })

  it('stays used for as long as a slow clock would still take it', async () => {
    expect(await node().ReplayDetection.unique('app', 'jti-2', now + 60)).toBe(true)
    // A node that tidies up must leave the mark.
    await store.artifacts.removeExpired(now + 70, 100)
    expect(await node(now + 70).ReplayDetection.unique('app', 'jti-2', now + 60)).toBe(false)
  })
})
