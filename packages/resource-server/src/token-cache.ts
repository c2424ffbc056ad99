import type { VerifiedToken } from './verified-token.ts'

interface Entry {
  readonly token: string
  readonly verified: VerifiedToken
  /** The key set that verified it; a later set may lack the key. */
  readonly keysVersion: number
}

/**
 * Tokens verified before. Only the signature is spared: times, scopes and authentication are judged again on each request.
 * Tokens that failed are never kept, so a flood of them evicts nobody.
 *
 * Two generations stand in for recency order: a hit in the older moves to the younger, and when the younger is full the
 * older is dropped whole. A hit in the younger writes nothing.
 */
export class TokenCache {
  readonly #maxEntries: number
  readonly #maxCharacters: number
  #young = new Map<string, Entry>()
  #old = new Map<string, Entry>()
  #youngCharacters = 0

  /** @param size Most tokens kept. `0`: none. Long tokens count more: 4,096 characters each on average is the most. */
  constructor(size: number) {
    this.#maxEntries = Math.ceil(size / 2)
    this.#maxCharacters = this.#maxEntries * 4096
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(token: string, keysVersion: number): VerifiedToken | undefined {
    const key = shortKey(token)
    const young = this.#young.get(key)
    const entry = young ?? this.#old.get(key)
    // The whole token is compared: a look-alike with the same ending must be verified like any other.
    if (!entry || entry.keysVersion !== keysVersion || entry.token !== token) return undefined
    if (!young) {
      this.#old.delete(key)
      this.#insert(key, entry)
    }
    return entry.verified
  }

  set(token: string, keysVersion: number, verified: VerifiedToken): void {
    if (this.#maxEntries === 0) return
    this.#old.delete(shortKey(token))
    this.#insert(shortKey(token), { token, verified, keysVersion })
  }

  delete(token: string): void {
    const key = shortKey(token)
    const young = this.#young.get(key)
    if (young?.token === token) {
      this.#young.delete(key)
      this.#youngCharacters -= token.length
    }
    if (this.#old.get(key)?.token === token) this.#old.delete(key)
  }

  #insert(key: string, entry: Entry): void {
    if (
      this.#young.size >= this.#maxEntries ||
      this.#youngCharacters + entry.token.length > this.#maxCharacters
    ) {
      this.#old = this.#young
      this.#young = new Map()
      this.#youngCharacters = 0
    }
    this.#youngCharacters += entry.token.length - (this.#young.get(key)?.token.length ?? 0)
    this.#young.set(key, entry)
  }
}

/** The end of the signature: hashing 43 characters is several times cheaper than hashing them all. */
function shortKey(token: string): string {
  return token.slice(-43)
}
