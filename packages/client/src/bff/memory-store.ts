import type { EpochSeconds } from '@newel/policy'
import type { BffStore } from './store.ts'

interface Entry {
  readonly value: string
  readonly expiresAt: EpochSeconds
}

/** Most entries before the expired ones are looked for at every put. */
const sweepAbove = 1000

/**
 * A store in the memory of one process, for development and single processes: a restart logs everybody out and drops
 * parked calls.
 *
 * @param now Seconds since 1970. Default: the machine's clock.
 */
export function memoryStore(now: () => EpochSeconds = () => Date.now() / 1000): BffStore {
  const entries = new Map<string, Entry>()
  const live = (key: string): Entry | undefined => {
    const entry = entries.get(key)
    if (!entry || entry.expiresAt > now()) return entry
    entries.delete(key)
    return undefined
  }
  const set = (key: string, value: string, lifetimeSeconds: number): void => {
    if (entries.size > sweepAbove) for (const other of entries.keys()) live(other)
    entries.set(key, { value, expiresAt: now() + lifetimeSeconds })
  }
  return {
    get: async (key) => live(key)?.value,
    put: async (key, value, lifetimeSeconds) => set(key, value, lifetimeSeconds),
    async add(key, value, lifetimeSeconds) {
      if (live(key)) return false
      set(key, value, lifetimeSeconds)
      return true
    },
    async replace(key, value, lifetimeSeconds) {
      if (!live(key)) return false
      set(key, value, lifetimeSeconds)
      return true
    },
    async take(key) {
      const entry = live(key)
      entries.delete(key)
      return entry?.value
    },
    async touch(key, lifetimeSeconds) {
      const entry = live(key)
      if (entry) set(key, entry.value, lifetimeSeconds)
    },
    async remove(key) {
      entries.delete(key)
    },
  }
}
