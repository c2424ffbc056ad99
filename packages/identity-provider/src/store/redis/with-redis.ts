import { limiterAttemptStore } from '../attempts/limiter-attempt-store.ts'
import type { Sealer } from '../../secrets/sealer.ts'
import { sealedRecords } from '../sealed-records.ts'
import type { Store } from '../store.ts'
import { redisArtifactStore } from './redis-artifact-store.ts'
import { RedisConnection } from './redis-connection.ts'
import { redisCounterStore } from './redis-counter-store.ts'
import { redisInteractionStore } from './redis-interaction-store.ts'

export interface RedisOptions {
  /** `redis://user:password@host:6379/0`, or `rediss://` for TLS. Of Redis or Valkey: one primary, not a cluster. */
  readonly url: string
  /** What seals the secrets kept there: that of `durable`. */
  readonly sealer: Sealer
  /** What the names of all keys begin with, so that one server can be shared. Default `newel:`. */
  readonly prefix?: string
  /** How long a request waits for an answer, in milliseconds, before `store_unavailable`. Default 2000. */
  readonly timeoutMilliseconds?: number
}

/**
 * Keeps what expires soon in Redis or Valkey – authorization codes, interactions, counts of wrong answers – and leaves the
 * rest to `durable`, which is closed with it. While Redis is away those calls fail with `store_unavailable`.
 *
 * @throws StoreError where Redis does not answer; `durable` is closed then too.
 */
export async function withRedis(durable: Store, options: RedisOptions): Promise<Store> {
  const { url, prefix = 'newel:', timeoutMilliseconds = 2000 } = options
  // No short code is kept here, so the digests need no key.
  const records = sealedRecords(options.sealer)
  const connection = new RedisConnection(url, prefix, timeoutMilliseconds)
  const close = async (): Promise<void> => {
    connection.close()
    await durable.close()
  }
  try {
    await connection.open()
  } catch (error) {
    await close()
    throw error
  }
  return {
    ...durable,
    artifacts: redisArtifactStore(connection, records, durable.artifacts),
    interactions: redisInteractionStore(connection, records),
    attempts: limiterAttemptStore(redisCounterStore(connection)),
    close,
  }
}
