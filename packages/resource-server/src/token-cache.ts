interface Entry<Value> {
  readonly token: string
  readonly value: Value
}

/**
 * What is known of tokens seen before. Only verification is spared: times, scopes and authentication are judged again on each
 * request. Tokens that failed are never kept, so a flood of them evicts nobody.
 *
 * Two generations stand in for recency order: a hit in the older moves to the younger, and when the younger is full the
 * older is dropped whole. A hit in the younger writes nothing.
 */
export class TokenCache<Value> {
  readonly #maxEntries: number
  readonly #maxCharacters: number
  #young = new Map<string, Entry<Value>>()
  #old = new Map<string, Entry<Value>>()
  #youngCharacters = 0

  /** @param size Most tokens kept. `0`: none. Long tokens count more: 4,096 characters each on average is the most. */
  constructor(size: number) {
    this.#maxEntries = Math.ceil(size / 2)
    this.#maxCharacters = this.#maxEntries * 4096
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(token: string): Value | undefined {
    const key = shortKey(token)
    const young = this.#young.get(key)
    const entry = young ?? this.#old.get(key)
    // The whole token is compared: a look-alike with the same ending must be verified like any other.
    if (!entry || entry.token !== token) return undefined
    if (!young) {
      this.#old.delete(key)
      this.#insert(key, entry)
    }
    return entry.value
  }

  set(token: string, value: Value): void {
    if (this.#maxEntries === 0) return
    const key = shortKey(token)
    this.#old.delete(key)
    this.#insert(key, { token, value })
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

  #insert(key: string, entry: Entry<Value>): void {
    const replaced = this.#young.get(key)
    if (
      !replaced &&
      (this.#young.size >= this.#maxEntries ||
        this.#youngCharacters + entry.token.length > this.#maxCharacters)
    ) {
      this.#old = this.#young
      this.#young = new Map()
      this.#youngCharacters = 0
    }
    this.#youngCharacters += entry.token.length - (replaced?.token.length ?? 0)
    this.#young.set(key, entry)
  }
}

/** The end of the signature: hashing 43 characters is several times cheaper than hashing them all. */
function shortKey(token: string): string {
  return token.slice(-43)
}
