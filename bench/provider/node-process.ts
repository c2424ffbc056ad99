/** One node of the provider, in a process of its own. */
import {
  createIdentityProvider,
  createSealer,
  openPostgresStore,
  openSqliteStore,
  withRedis,
} from '@newel/identity-provider'
import { parsePolicyDocument } from '@newel/policy-document'
import { serveMeasurements } from '../measured-process.ts'
import type { NodeSettings } from './cluster.ts'
import { benchPolicy } from './policy.ts'

const settings = JSON.parse(process.env['BENCH_NODE'] ?? '') as NodeSettings
const sealer = createSealer({ current: Buffer.from(settings.key, 'base64url'), previous: [] })
const { database } = settings
const durable =
  'path' in database
    ? await openSqliteStore({ path: database.path, sealer })
    : await openPostgresStore({ url: database.url, sealer })
const store =
  'redisUrl' in database && database.redisUrl !== undefined
    ? await withRedis(durable, { url: database.redisUrl, sealer })
    : durable
const parsed = parsePolicyDocument(benchPolicy(settings.issuer))
if (!parsed.ok) throw new Error('the policy of the benchmark has problems')
const provider = await createIdentityProvider({ document: parsed.document, store, sealer })
await provider.listen({ port: settings.port })
// As `newel start` does, and often enough to be seen.
const maintaining = setInterval(() => {
  void provider.maintain()
}, 10_000)
serveMeasurements({}, async () => {
  clearInterval(maintaining)
  await provider.close()
  await store.close()
})
