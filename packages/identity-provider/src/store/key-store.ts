import type { EpochSeconds } from '@newel/policy'
import type { JsonObject } from './json.ts'

/** `next` is published before it signs, `active` signs, `retired` is still published so that its tokens verify. */
export type KeyState = 'next' | 'active' | 'retired'

/** A signing key. The private part is sealed before it comes here. */
export interface StoredKey {
  readonly kid: string
  readonly state: KeyState
  readonly alg: string
  readonly publicJwk: JsonObject
  readonly sealedPrivateJwk: Uint8Array
  readonly createdAt: EpochSeconds
  readonly activatedAt?: EpochSeconds
  readonly retiredAt?: EpochSeconds
}

/** At most one key is `active` and at most one is `next`, whoever asks at the same time. */
export interface KeyStore {
  /** Oldest first. */
  list(): Promise<readonly StoredKey[]>
  /** False where the kid is known, or another key has the state `active` or `next` that this one wants. */
  add(key: StoredKey): Promise<boolean>
  /** Makes the `next` key active and retires the one that was, in one step. False where `kid` is not `next`. */
  activate(kid: string, at: EpochSeconds): Promise<boolean>
  /** False where there is no such key or it is retired already. */
  retire(kid: string, at: EpochSeconds): Promise<boolean>
  remove(kid: string): Promise<boolean>
}
