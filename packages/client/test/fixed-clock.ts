/** Time that only the test moves. */
export class FixedClock {
  /** Seconds since 1970. */
  now = 1_800_000_000
  readonly #timers = new Set<{ at: number; callback: () => void }>()

  setTimeout(callback: () => void, milliseconds: number): () => void {
    const timer = { at: this.now + milliseconds / 1000, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Move on, and run what falls due, in order. */
  advance(seconds: number): void {
    const end = this.now + seconds
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)
      if (!next) break
      this.#timers.delete(next)
      this.now = Math.max(this.now, next.at)
      next.callback()
    }
    this.now = end
  }

  get pending(): number {
    return this.#timers.size
  }
}
