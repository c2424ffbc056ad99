import type { BffStore } from './store.ts'

/** What is used of a client of Redis or Valkey; those of iovalkey and ioredis have it. */
export interface RedisClient {
  get(key: string): Promise<string | null>
  getdel(key: string): Promise<string | null>
  set(key: string, value: string, unit: 'PX', milliseconds: number): Promise<unknown>
  set(
    key: string,
    value: string,
    unit: 'PX',
    milliseconds: number,
    condition: 'NX',
  ): Promise<unknown>
  set(
    key: string,
    value: string,
    unit: 'PX',
    milliseconds: number,
    condition: 'XX',
  ): Promise<unknown>
  pexpire(key: string, milliseconds: number): Promise<unknown>
  del(key: string): Promise<unknown>
}

/**
 * A store in Redis (6.2 or later) or Valkey, for several processes. What expires does so by the server's clock.
 *
 * @param prefix Before every key. Default: `newel:bff:`.
 */
export function redisStore(client: RedisClient, prefix = 'newel:bff:'): BffStore {
  return {
    get: async (key) => (await client.get(prefix + key)) ?? undefined,
    async put(key, value, lifetimeSeconds) {
      await client.set(prefix + key, value, 'PX', milliseconds(lifetimeSeconds))
    },
    add: async (key, value, lifetimeSeconds) =>
      (await client.set(prefix + key, value, 'PX', milliseconds(lifetimeSeconds), 'NX')) !== null,
    replace: async (key, value, lifetimeSeconds) =>
      (await client.set(prefix + key, value, 'PX', milliseconds(lifetimeSeconds), 'XX')) !== null,
    take: async (key) => (await client.getdel(prefix + key)) ?? undefined,
    async touch(key, lifetimeSeconds) {
      await client.pexpire(prefix + key, milliseconds(lifetimeSeconds))
    },
    async remove(key) {
      await client.del(prefix + key)
    },
  }
}

/** Redis refuses a lifetime of nothing. */
function milliseconds(seconds: number): number {
  return Math.max(1, Math.ceil(seconds * 1000))
}
