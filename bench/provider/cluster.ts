import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createAuthenticators,
  createSealer,
  openPostgresStore,
  openSqliteStore,
} from '@newel/identity-provider'
import { startRoundRobin } from '@newel/testing'
import { type TestPerson, addTestPerson, freePort } from '@newel/testing/house'
import { MeasuredProcess } from '../measured-process.ts'

/** Where the nodes remember. */
export type ClusterDatabase =
  | { readonly path: string }
  | { readonly url: string; readonly redisUrl?: string }

export interface NodeSettings {
  readonly issuer: string
  readonly port: number
  readonly key: string
  readonly database: ClusterDatabase
}

export interface Cluster {
  readonly issuer: string
  readonly people: readonly TestPerson[]
  /** Of all nodes together. */
  cpuMilliseconds(): Promise<number>
  memoryBytes(): Promise<number>
  stop(): Promise<void>
}

/** `nodes` processes on one database, behind a balancer where there are several. `database` absent: SQLite on disk. */
export async function startCluster(options: {
  readonly nodes: number
  readonly people: number
  readonly database?: ClusterDatabase
}): Promise<Cluster & { readonly database: ClusterDatabase }> {
  const folder = await mkdtemp(join(tmpdir(), 'newel-bench-'))
  const database = options.database ?? { path: join(folder, 'newel.db') }
  const key = randomBytes(32)
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const people = await seed(database, key, options.people)
  const ports =
    options.nodes === 1
      ? [port]
      : await Promise.all(Array.from({ length: options.nodes }, freePort))
  const nodes: MeasuredProcess<unknown>[] = []
  for (const own of ports) {
    const settings: NodeSettings = {
      issuer,
      port: own,
      key: key.toString('base64url'),
      database,
    }
    nodes.push(
      await MeasuredProcess.start('./provider/node-process.ts', {
        BENCH_NODE: JSON.stringify(settings),
      }),
    )
  }
  const balancer = options.nodes === 1 ? undefined : await startRoundRobin(port, ports)
  const sum = async (of: (node: MeasuredProcess<unknown>) => Promise<number>): Promise<number> =>
    (await Promise.all(nodes.map(of))).reduce((total, value) => total + value, 0)
  return {
    issuer,
    people,
    database,
    cpuMilliseconds: async () => sum(async (node) => node.cpuMilliseconds()),
    memoryBytes: async () => sum(async (node) => node.memoryBytes()),
    async stop() {
      balancer?.close()
      for (const node of nodes) await node.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function seed(
  database: ClusterDatabase,
  key: Uint8Array,
  count: number,
): Promise<readonly TestPerson[]> {
  const sealer = createSealer({ current: key, previous: [] })
  const store =
    'path' in database
      ? await openSqliteStore({ path: database.path, sealer })
      : await openPostgresStore({ url: database.url, sealer, migrate: true })
  const authenticators = createAuthenticators({
    store,
    sealer,
    rpId: 'localhost',
    origins: ['http://localhost'],
    rpName: 'Bench',
    random: randomBytes,
  })
  const now = Math.floor(Date.now() / 1000)
  const people: TestPerson[] = []
  for (let one = 0; one < count; one += 1) {
    people.push(await addTestPerson({ store, authenticators }, `person${one}`, { totp: true, now }))
  }
  await store.close()
  return people
}
