import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Store, createAuthenticators, createSealer } from '@newel/identity-provider'
import { type TestPerson, Visitor, addTestPerson, freePort } from '@newel/testing/house'
import { type FaultDatabase, openFaultStore } from './fault-database.ts'
import { redirectUri } from './policy.ts'
import { ProviderNode } from './provider-node.ts'
import { type RelyingParty, startRelyingParty } from './relying-party.ts'

/** One provider that will be hurt, and a look into its database from outside. */
export interface Scene {
  readonly issuer: string
  readonly redirectUri: string
  readonly node: ProviderNode
  readonly relyingParty: RelyingParty
  /** The same database, opened by this process. */
  readonly store: Store
  addPerson(options?: { readonly totp?: boolean }): Promise<TestPerson>
  visitor(): Visitor
  /** What the provider's clock says, in seconds. */
  now(): number
  close(): Promise<void>
}

export async function openScene(
  databaseIn: (folder: string) => Promise<FaultDatabase> | FaultDatabase,
): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'newel-fault-'))
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const key = randomBytes(32)
  const sealer = createSealer(key)
  const database = await databaseIn(folder)
  const relyingParty = await startRelyingParty()
  const node = new ProviderNode({
    port,
    issuer,
    database,
    key: key.toString('base64url'),
    relyingParty: relyingParty.address,
    folder,
  })
  await node.start()
  const store = await openFaultStore(database, sealer)
  const authenticators = createAuthenticators({
    store,
    sealer,
    rpId: 'localhost',
    origins: [issuer],
    rpName: 'Newel under fault',
    random: randomBytes,
  })
  let people = 0
  const now = (): number => Math.floor(Date.now() / 1000) + node.clockOffset
  return {
    issuer,
    redirectUri,
    node,
    relyingParty,
    store,
    now,
    async addPerson({ totp = true } = {}) {
      people += 1
      return addTestPerson({ store, authenticators }, `person${people}`, { totp, now: now() })
    },
    visitor: () => new Visitor(issuer, () => now() * 1000),
    async close() {
      await node.kill()
      await relyingParty.close()
      await store.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
