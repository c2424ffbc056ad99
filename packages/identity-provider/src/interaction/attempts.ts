import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { EpochSeconds, Method } from '@newel/policy'
import type { PolicyDocument } from '@newel/policy-document'
import {
  type AttemptLimit,
  type AttemptStore,
  type CountedFailure,
  normaliseUsername,
} from '../store/index.ts'

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
      /** What the store told. Absent: nobody was named. */
      readonly taken?: CountedFailure
    }
  | { readonly kind: 'locked'; readonly lockedUntil: EpochSeconds }
  /** Too many from one address, which may try again at `until`. */
  | { readonly kind: 'throttled'; readonly until: EpochSeconds }

/** An address stands for many people behind one connection. */
export const addressFactor = 10

export function accountKey(accountId: string, method: Method): string {
  return `${accountId}:${method}`
}

/** Unknown names count just as known ones, so that a lock tells nothing; hashed, as people type passwords there too. */
export function unknownUserKey(username: string, method: Method): string {
  const hash = createHash('sha256').update(normaliseUsername(username)).digest('base64url')
  return `username:${hash}:${method}`
}

/** An IPv6 address counts by its /64, of which one household or one machine has every address. */
export function addressKey(address: string): string {
  if (!isIPv6(address)) return `address:${address}`
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  return mapped === undefined ? `address:${networkOf(address)}` : `address:${mapped}`
}

/** The first four groups, in the canonical spelling of RFC 5952 §4 but for the zeros that it would leave out. */
function networkOf(address: string): string {
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::')
  const groups = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? 0 : tail.split(':').length
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after)
  const whole = [...groups, ...Array.from({ length: zeros }, () => '0'), ...(tail ?? '').split(':')]
  const network = whole.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64`
}

/** Counts answers as failures before they are judged, and takes that back where it was none. */
export class Attempts {
  readonly #store: AttemptStore
  readonly #limit: AttemptLimit

  constructor(store: AttemptStore, lockout: PolicyDocument['lockout']) {
    this.#store = store
    this.#limit = {
      attempts: lockout.attempts,
      windowSeconds: lockout.windowSeconds,
      lockSeconds: lockout.durationSeconds,
      backOff: {
        mostSeconds: lockout.backOff.maximumSeconds,
        forgetAfterSeconds: lockout.backOff.forgetAfterSeconds,
      },
    }
  }

  /** Before an answer is judged, so that guesses in parallel are counted too. */
  async count({ person, address }: AttemptKeys, now: EpochSeconds): Promise<CountedAttempt> {
    const until = await this.lockedUntil(address, now)
    if (until !== undefined) return { kind: 'throttled', until }
    if (person === undefined) return { kind: 'counted', attemptsLeft: this.#limit.attempts }
    const taken = await this.#store.fail(person, now, this.#limit)
    const { counted, failures, lockedUntil } = taken
    if (!counted) return { kind: 'locked', lockedUntil: lockedUntil ?? now }
    return lockedUntil === undefined
      ? { kind: 'counted', attemptsLeft: Math.max(0, this.#limit.attempts - failures), taken }
      : { kind: 'counted', attemptsLeft: 0, lockedUntil, taken }
  }

  /**
   * The answer was wrong, which now counts against its address as well. Not beforehand: a right answer could not be taken
   * back there without forgetting, or prolonging, the wrong ones of everybody behind that address.
   */
  async failed({ address }: AttemptKeys, now: EpochSeconds): Promise<void> {
    const { attempts, windowSeconds, lockSeconds } = this.#limit
    // Without back-off: nobody behind the address could end it by being right.
    const limit = { attempts: attempts * addressFactor, windowSeconds, lockSeconds }
    await this.#store.fail(address, now, limit)
  }

  /** The answer was right. */
  async forgive({ person }: AttemptKeys): Promise<void> {
    if (person !== undefined) await this.#store.clear(person)
  }

  /** The answer was not judged, so it was no failure and must not be what locks. */
  async takeBack(
    { person }: AttemptKeys,
    { taken }: Extract<CountedAttempt, { kind: 'counted' }>,
    now: EpochSeconds,
  ): Promise<void> {
    if (person === undefined || taken === undefined) return
    await this.#store.takeBack(person, now, this.#limit, taken)
  }

  async lockedUntil(key: string, now: EpochSeconds): Promise<EpochSeconds | undefined> {
    return (await this.#store.state(key, now)).lockedUntil
  }
}
