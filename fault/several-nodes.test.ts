import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { createAuthenticators, createSealer, openPostgresStore } from '@newel/identity-provider'
import type { Authenticators, Store } from '@newel/identity-provider'
import {
  type RoundRobin,
  type TestPostgres,
  postgresMissing,
  startPostgres,
  startRoundRobin,
} from '@newel/testing'
import { type TestPerson, Visitor, addTestPerson, freePort } from '@newel/testing/house'
import { redirectUri } from './policy.ts'
import { ProviderNode } from './provider-node.ts'
import { answer, ask, expectTokens } from './steps.ts'

/** What three nodes do while all live: `identity-provider/test/several-nodes.test.ts`. */
describe.skipIf(postgresMissing() !== undefined)('three nodes on one PostgreSQL', () => {
  let server: TestPostgres
  let balancer: RoundRobin
  let store: Store
  let folder: string
  let nodes: readonly ProviderNode[]
  let scene: { issuer: string; redirectUri: string; now(): number }
  let authenticators: Authenticators
  let people = 0

  beforeAll(async () => {
    server = await startPostgres()
    folder = await mkdtemp(join(tmpdir(), 'newel-nodes-'))
    const key = randomBytes(32)
    const database = { kind: 'postgres', url: await server.newDatabase() } as const
    store = await openPostgresStore({ url: database.url, sealer: createSealer(key) })
    const issuerPort = await freePort()
    const issuer = `http://localhost:${issuerPort}`
    const ports = [await freePort(), await freePort(), await freePort()]
    nodes = ports.map(
      (port) =>
        new ProviderNode({ port, issuer, database, key: key.toString('base64url'), folder }),
    )
    for (const node of nodes) await node.start()
    balancer = await startRoundRobin(issuerPort, ports)
    scene = { issuer, redirectUri, now: () => Math.floor(Date.now() / 1000) }
    authenticators = createAuthenticators({
      store,
      sealer: createSealer(key),
      rpId: 'localhost',
      origins: [issuer],
      rpName: 'Newel under fault',
      random: randomBytes,
    })
  }, 120_000)
  afterAll(async () => {
    balancer.close()
    for (const node of nodes) await node.kill()
    await store.close()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  async function somebody(): Promise<TestPerson> {
    people += 1
    return addTestPerson({ store, authenticators }, `person${people}`, {
      totp: true,
      now: scene.now(),
    })
  }

  it('go on with the step-up of a person when one of them is killed in the middle of it', async () => {
    const person = await somebody()
    const visitor = new Visitor(scene.issuer)
    const first = await ask(scene, visitor)
    await expectTokens(
      scene,
      first.attempt,
      await answer(scene, visitor, first.page, person),
      'basic',
    )
    const { page, attempt } = await ask(scene, visitor, { acr_values: 'mfa' })
    await nodes[0]?.kill()
    try {
      await expectTokens(scene, attempt, await answer(scene, visitor, page, person), 'mfa')
    } finally {
      await nodes[0]?.start()
    }
  })
})
