import { digestOf } from './base64url.ts'
import type { Sealer } from './sealer.ts'
import type { BffStore } from './store.ts'

/** What is kept in the store, and by what name it is found. */
export type VaultKind =
  | 'session'
  | 'ended'
  | 'used'
  | 'pending'
  | 'pending-of'
  | 'parked'
  | 'form'
  | 'answer'
  | 'refreshed'
  | 'refreshing'

/** The store, with everything sealed and every name digested. */
export class Vault {
  readonly #store: BffStore
  readonly #sealer: Sealer

  constructor(store: BffStore, sealer: Sealer) {
    this.#store = store
    this.#sealer = sealer
  }

  async get(kind: VaultKind, name: string): Promise<unknown> {
    const key = await keyOf(kind, name)
    return this.#open(key, await this.#store.get(key))
  }

  /** To exactly one of those who ask. */
  async take(kind: VaultKind, name: string): Promise<unknown> {
    const key = await keyOf(kind, name)
    return this.#open(key, await this.#store.take(key))
  }

  async put(kind: VaultKind, name: string, value: unknown, lifetimeSeconds: number): Promise<void> {
    const key = await keyOf(kind, name)
    await this.#store.put(key, await this.#sealer.seal(value, key), lifetimeSeconds)
  }

  /** True for exactly one of those who try. */
  async add(
    kind: VaultKind,
    name: string,
    value: unknown,
    lifetimeSeconds: number,
  ): Promise<boolean> {
    const key = await keyOf(kind, name)
    return this.#store.add(key, await this.#sealer.seal(value, key), lifetimeSeconds)
  }

  /** False where it is gone. */
  async replace(
    kind: VaultKind,
    name: string,
    value: unknown,
    lifetimeSeconds: number,
  ): Promise<boolean> {
    const key = await keyOf(kind, name)
    return this.#store.replace(key, await this.#sealer.seal(value, key), lifetimeSeconds)
  }

  async touch(kind: VaultKind, name: string, lifetimeSeconds: number): Promise<void> {
    await this.#store.touch(await keyOf(kind, name), lifetimeSeconds)
  }

  async remove(kind: VaultKind, name: string): Promise<void> {
    await this.#store.remove(await keyOf(kind, name))
  }

  async #open(key: string, sealed: string | undefined): Promise<unknown> {
    return sealed === undefined ? undefined : this.#sealer.open(sealed, key)
  }
}

async function keyOf(kind: VaultKind, name: string): Promise<string> {
  return `${kind}:${await digestOf(name)}`
}
