/** What is remembered, with the text of its token. One object: a busy API pays for every piece of memory that it touches. */
interface Entry {
  readonly text: string
}

/**
 * What is known of tokens seen before. Only verification is spared: times, scopes and authentication are judged again on each
 * request. Tokens that failed are never kept, so a flood of them evicts nobody.
 *
 * Two generations stand in for recency order: a hit in the older moves to the younger, and when the younger is full the
 * older is dropped whole. A hit in the younger writes nothing.
 *
 * While the older has entries that a newcomer would bring nearer to their end, it is let in at its second sight. A token that is
 * sent once then costs no memory, and a flood of distinct ones leaves those in use where they are.
 */
export class TokenCache<Value extends Entry> {
  readonly #maxEntries: number
  readonly #maxCharacters: number
  #young = new Map<number, Value>()
  #old = new Map<number, Value>()
  #youngCharacters = 0
  /** Made when it is needed: most caches never fill. */
  #sights: Sights | undefined

  /** @param size Most tokens kept. `0`: none. Long tokens count more: 4,096 characters each on average is the most. */
  constructor(size: number) {
    this.#maxEntries = Math.ceil(size / 2)
    this.#maxCharacters = this.#maxEntries * 4096
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(text: string): Value | undefined {
    const key = shortKey(text)
    const young = this.#young.get(key)
    const entry = young ?? this.#old.get(key)
    // The whole token is compared: a look-alike with the same ending must be verified like any other.
    if (!entry || entry.text !== text) return undefined
    if (!young) {
      this.#old.delete(key)
      this.#insert(key, entry)
    }
    return entry
  }

  /** Remember, whether or not there is room. */
  set(entry: Value): void {
    if (this.#maxEntries === 0) return
    const key = shortKey(entry.text)
    this.#old.delete(key)
    this.#insert(key, entry)
  }

  /** Remember where there is room, or where the token was offered before. */
  offer(entry: Value): void {
    if (this.#maxEntries === 0) return
    const key = shortKey(entry.text)
    if (this.#old.size > 0) {
      this.#sights ??= new Sights(this.#maxEntries * 2)
      if (!this.#sights.isSecond(key)) return
    }
    this.#old.delete(key)
    this.#insert(key, entry)
  }

  delete(text: string): void {
    const key = shortKey(text)
    if (this.#young.get(key)?.text === text) {
      this.#young.delete(key)
      this.#youngCharacters -= text.length
    }
    if (this.#old.get(key)?.text === text) this.#old.delete(key)
  }

  #insert(key: number, entry: Value): void {
    const replaced = this.#young.get(key)
    if (
      !replaced &&
      (this.#young.size >= this.#maxEntries ||
        this.#youngCharacters + entry.text.length > this.#maxCharacters)
    ) {
      this.#old = this.#young
      this.#young = new Map()
      this.#youngCharacters = 0
    }
    this.#youngCharacters += entry.text.length - (replaced?.text.length ?? 0)
    this.#young.set(key, entry)
  }
}

/** Most places for what was seen, in 4 bytes each. */
const mostPlaces = 2 ** 20

/**
 * Which tokens were seen lately, by their numbers. Each has one place, which the next that falls on it takes over, so that nothing
 * is ever cleared. A mistake is harmless: who is taken for seen is let in early, who was forgotten is verified once more.
 */
class Sights {
  readonly #places: Int32Array
  readonly #shift: number

  /** @param size How many to tell apart, about. */
  constructor(size: number) {
    const bits = Math.ceil(Math.log2(Math.min(Math.max(size, 2), mostPlaces)))
    this.#places = new Int32Array(2 ** bits)
    this.#shift = 32 - bits
  }

  /** Notes the sight, too. */
  isSecond(key: number): boolean {
    // The high bits of a product depend on all bits of the number (Knuth's multiplicative hash).
    const place = Math.imul(key, 0x9e3779b1) >>> this.#shift
    if (this.#places[place] === key) return true
    this.#places[place] = key
    return false
  }
}

/**
 * A number from every third of the last characters: cheaper to look up than a text, and nothing to keep. They reach past the
 * endings that opaque tokens may have in common. Tokens that share a number put each other out, and are verified each time: of
 * 10,000, two do in one of eighty cases.
 */
function shortKey(token: string): number {
  let key = 0
  for (let index = Math.max(0, token.length - 42); index < token.length; index += 3) {
    key = (Math.imul(key, 31) + token.charCodeAt(index)) | 0
  }
  return key
}
