import type { Database } from '../src/browser.ts'

/** What IndexedDB keeps: structured clones, one origin. */
export class MemoryDatabase implements Database {
  readonly kept = new Map<string, unknown>()
  /** A browser that refuses to keep anything. */
  broken = false

  #open(): Map<string, unknown> {
    if (this.broken) throw new DOMException('the quota is used up', 'QuotaExceededError')
    return this.kept
  }

  get(key: string): Promise<unknown> {
    return this.#run((kept) => structuredClone(kept.get(key)))
  }

  set(key: string, value: unknown): Promise<void> {
    return this.#run((kept) => void kept.set(key, structuredClone(value)))
  }

  getOrSet(key: string, value: unknown): Promise<unknown> {
    return this.#run((kept) => {
      if (!kept.has(key)) kept.set(key, structuredClone(value))
      return structuredClone(kept.get(key))
    })
  }

  take(key: string): Promise<unknown> {
    return this.#run((kept) => {
      const value = kept.get(key)
      kept.delete(key)
      return value
    })
  }

  keys(): Promise<readonly string[]> {
    return this.#run((kept) => [...kept.keys()])
  }

  async #run<Result>(work: (kept: Map<string, unknown>) => Result): Promise<Result> {
    await Promise.resolve()
    return work(this.#open())
  }
}
