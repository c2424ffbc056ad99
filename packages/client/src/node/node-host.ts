import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { EpochSeconds } from '@newel/policy'

/** All that is asked of the machine besides the stores and the loopback address. */
export interface NodeHost {
  readonly fetch: typeof fetch
  now(): EpochSeconds
  /** 256 bits that nobody can guess, in base64url. */
  randomToken(): string
  /** Resolve after a time; reject with the signal's reason where it is aborted first. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>
}

/** The abilities of the process that this runs in. */
export function processHost(): NodeHost {
  return {
    fetch: (input, init) => fetch(input, init),
    now: () => Date.now() / 1000,
    randomToken: () => randomBytes(32).toString('base64url'),
    wait: async (milliseconds, signal) => {
      try {
        await delay(milliseconds, undefined, signal ? { signal } : {})
      } catch (error) {
        signal?.throwIfAborted()
        throw error
      }
    },
  }
}
