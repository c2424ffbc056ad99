import { ClientError } from '../errors.ts'
import { digestOf } from './base64url.ts'
import type { Sealer } from './sealer.ts'
import type { BffStore } from './store.ts'

/** What is kept in the store, and by what name it is found. */
export type VaultKind =
  | 'session'
  | 'ended'
  | 'raised'
  | 'used'
  | 'pending'
  | 'pending-of'
  | 'parked'
  | 'form'
  | 'place'
  | 'answer'
  | 'refreshed'
  | 'refreshing'

/**
 * The store, with everything sealed and every name digested.
 *
 * Each method rejects with ClientError `store_unusable` where the store fails.
 */
export class Vault {
  readonly #store: BffStore
  readonly #sealer: Sealer

  constructor(store: BffStore, sealer: Sealer) {
    this.#store = store
    this.#sealer = sealer
  }

  async get(kind: VaultKind, name: string): Promise<unknown> {
    const key = await keyOf(kind, name)
    return this.#open(key, await asked(() => this.#store.get(key)))
  }

  /** To exactly one of those who ask. */
  async take(kind: VaultKind, name: string): Promise<unknown> {
    const key = await keyOf(kind, name)
    return this.#open(key, await asked(() => this.#store.take(key)))
  }

  async put(kind: VaultKind, name: string, value: unknown, lifetimeSeconds: number): Promise<void> {
    const key = await keyOf(kind, name)
    const sealed = await this.#sealer.seal(value, key)
    await asked(() => this.#store.put(key, sealed, lifetimeSeconds))
  }

  /** True for exactly one of those who try. */
  async add(
    kind: VaultKind,
    name: string,
    value: unknown,
    lifetimeSeconds: number,
  ): Promise<boolean> {
    const key = await keyOf(kind, name)
    const sealed = await this.#sealer.seal(value, key)
    return asked(() => this.#store.add(key, sealed, lifetimeSeconds))
  }

  /** False where it is gone. */
  async replace(
    kind: VaultKind,
    name: string,
    value: unknown,
    lifetimeSeconds: number,
  ): Promise<boolean> {
    const key = await keyOf(kind, name)
    const sealed = await this.#sealer.seal(value, key)
    return asked(() => this.#store.replace(key, sealed, lifetimeSeconds))
  }

  async touch(kind: VaultKind, name: string, lifetimeSeconds: number): Promise<void> {
    const key = await keyOf(kind, name)
    await asked(() => this.#store.touch(key, lifetimeSeconds))
  }

  async remove(kind: VaultKind, name: string): Promise<void> {
    const key = await keyOf(kind, name)
    await asked(() => this.#store.remove(key))
  }

  async #open(key: string, sealed: string | undefined): Promise<unknown> {
    return sealed === undefined ? undefined : this.#sealer.open(sealed, key)
  }
}

/** What the store says of its failure is for the operator alone. */
async function asked<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (cause) {
    throw new ClientError('store_unusable', 'the store of sessions gives no answer', { cause })
  }
}

async function keyOf(kind: VaultKind, name: string): Promise<string> {
  return `${kind}:${await digestOf(name)}`
}
