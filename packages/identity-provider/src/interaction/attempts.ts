import { createHash } from 'node:crypto'
import type { EpochSeconds, Method } from '@newel/policy'
import type { PolicyDocument } from '@newel/policy-document'
import { type AttemptLimit, type AttemptStore, normaliseUsername } from '../store/index.ts'

/** Whom or what an answer counts against. */
export interface AttemptKeys {
  /** Absent: nobody was named, as with a passkey at sign-in. */
  readonly person?: string
  readonly address: string
}

export type CountedAttempt =
  | {
      readonly kind: 'counted'
      readonly attemptsLeft: number
      /** This very answer locked the method, unless it turns out to be right. */
      readonly lockedUntil?: EpochSeconds
      /** The same for the address. */
      readonly addressLocked: boolean
    }
  | { readonly kind: 'locked'; readonly lockedUntil: EpochSeconds }
  /** Too many from one address. */
  | { readonly kind: 'throttled' }

/** An address stands for many people behind one connection. */
const addressFactor = 10

export function accountKey(accountId: string, method: Method): string {
  return `${accountId}:${method}`
}

/** Unknown names count just as known ones, so that a lock tells nothing; hashed, as people type passwords there too. */
export function unknownUserKey(username: string, method: Method): string {
  const hash = createHash('sha256').update(normaliseUsername(username)).digest('base64url')
  return `username:${hash}:${method}`
}

export function addressKey(address: string): string {
  return `address:${address}`
}

/** Counts answers as failures before they are judged, and takes that back where it was none. */
export class Attempts {
  readonly #store: AttemptStore
  readonly #limit: AttemptLimit
  /** Taking back is read, clear, count again: nothing may come between. */
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor(store: AttemptStore, lockout: PolicyDocument['lockout']) {
    this.#store = store
    this.#limit = {
      attempts: lockout.attempts,
      windowSeconds: lockout.windowSeconds,
      lockSeconds: lockout.durationSeconds,
    }
  }

  async count({ person, address }: AttemptKeys, now: EpochSeconds): Promise<CountedAttempt> {
    const fromAddress = await this.#inTurn(address, async () =>
      this.#store.fail(address, now, this.#addressLimit),
    )
    if (!fromAddress.counted) return { kind: 'throttled' }
    const addressLocked = fromAddress.lockedUntil !== undefined
    if (person === undefined) {
      return { kind: 'counted', attemptsLeft: this.#limit.attempts, addressLocked }
    }
    const failure = await this.#inTurn(person, async () =>
      this.#store.fail(person, now, this.#limit),
    )
    const { lockedUntil, failures } = failure
    if (!failure.counted) {
      await this.#uncount(address, this.#addressLimit, addressLocked, now)
      return { kind: 'locked', lockedUntil: lockedUntil ?? now }
    }
    return {
      kind: 'counted',
      addressLocked,
      attemptsLeft: lockedUntil === undefined ? Math.max(0, this.#limit.attempts - failures) : 0,
      ...(lockedUntil === undefined ? {} : { lockedUntil }),
    }
  }

  /** The answer was right. What others did from the same address stays counted, but for this one. */
  async forgive(keys: AttemptKeys, counted: CountedAttempt, now: EpochSeconds): Promise<void> {
    if (counted.kind !== 'counted') return
    const { person, address } = keys
    if (person !== undefined) await this.#inTurn(person, async () => this.#store.clear(person))
    await this.#uncount(address, this.#addressLimit, counted.addressLocked, now)
  }

  /** The answer was not judged, so it was no failure and must not be what locks. */
  async takeBack(keys: AttemptKeys, counted: CountedAttempt, now: EpochSeconds): Promise<void> {
    if (counted.kind !== 'counted') return
    const { person, address } = keys
    if (person !== undefined) {
      await this.#uncount(person, this.#limit, counted.lockedUntil !== undefined, now)
    }
    await this.#uncount(address, this.#addressLimit, counted.addressLocked, now)
  }

  async lockedUntil(key: string, now: EpochSeconds): Promise<EpochSeconds | undefined> {
    return (await this.#store.state(key, now)).lockedUntil
  }

  get #addressLimit(): AttemptLimit {
    return { ...this.#limit, attempts: this.#limit.attempts * addressFactor }
  }

  async #uncount(
    key: string,
    limit: AttemptLimit,
    lockedByThis: boolean,
    now: EpochSeconds,
  ): Promise<void> {
    await this.#inTurn(key, async () => {
      const { failures, lockedUntil } = await this.#store.state(key, now)
      // A lock that others brought about stays.
      if (lockedUntil !== undefined && !lockedByThis) return
      const left = (lockedUntil === undefined ? failures : limit.attempts) - 1
      await this.#store.clear(key)
      for (let count = 0; count < left; count += 1) await this.#store.fail(key, now, limit)
    })
  }

  async #inTurn<T>(key: string, step: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(key) ?? Promise.resolve()
    const turn = before.then(step, step)
    this.#turns.set(key, turn)
    try {
      return await turn
    } finally {
      if (this.#turns.get(key) === turn) this.#turns.delete(key)
    }
  }
}
