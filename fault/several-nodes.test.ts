import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { type Server, createServer, request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuthenticators, createSealer, openPostgresStore } from '@newel/identity-provider'
import type { Authenticators, Store } from '@newel/identity-provider'
import { type TestPostgres, postgresMissing, startPostgres } from '@newel/testing'
import { type TestPerson, Visitor, addTestPerson, freePort, redeem } from '@newel/testing/house'
import { clientId, redirectUri } from './policy.ts'
import { ProviderNode } from './provider-node.ts'
import { answer, ask, expectTokens } from './steps.ts'

/** Three nodes behind a balancer that gives every request to another one. */
describe.skipIf(postgresMissing() !== undefined)('three nodes on one PostgreSQL', () => {
  let server: TestPostgres
  let balancer: Server
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
    balancer = balance(ports)
    await new Promise<void>((resolve) => {
      balancer.listen(issuerPort, 'localhost', resolve)
    })
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
    balancer.closeAllConnections()
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

  it('answer as one: login, step-up and tokens with every request on another node', async () => {
    const person = await somebody()
    const visitor = new Visitor(scene.issuer)
    const first = await ask(scene, visitor)
    await expectTokens(
      scene,
      first.attempt,
      await answer(scene, visitor, first.page, person),
      'basic',
    )
    const second = await ask(scene, visitor, { acr_values: 'mfa' })
    expect([second.page.page, second.page.method]).toEqual(['step-up', 'totp'])
    await expectTokens(
      scene,
      second.attempt,
      await answer(scene, visitor, second.page, person),
      'mfa',
    )
    // Straight after it, whichever node is asked.
    for (let asked = 0; asked < 3; asked += 1) {
      const again = await ask(scene, visitor, { acr_values: 'mfa' })
      await expectTokens(scene, again.attempt, again.page, 'mfa')
    }
  })

  it('redeem a code once, of twenty callers at once', async () => {
    const person = await somebody()
    const visitor = new Visitor(scene.issuer)
    const { page, attempt } = await ask(scene, visitor)
    const end = await answer(scene, visitor, page, person)
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => redeem(scene, clientId, attempt, end)),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status >= 500)).toEqual([])
  })

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

/** Gives each request to the next node, and to the one after where that one does not take it. */
function balance(ports: readonly number[]): Server {
  let turn = 0
  return createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const body = Buffer.concat(chunks)
      const attempt = (left: number): void => {
        turn += 1
        const port = ports[turn % ports.length]
        const forwarded = httpRequest(
          {
            host: 'localhost',
            port,
            path: incoming.url,
            method: incoming.method,
            headers: incoming.headers,
          },
          (answered) => {
            outgoing.writeHead(answered.statusCode ?? 502, answered.headers)
            answered.pipe(outgoing)
          },
        )
        forwarded.on('error', () => {
          if (left > 0) attempt(left - 1)
          else outgoing.writeHead(502).end()
        })
        forwarded.end(body)
      }
      attempt(ports.length - 1)
    })
  })
}
