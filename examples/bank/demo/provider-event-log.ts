import type { ProviderEvent } from '@newel/identity-provider'

export interface LoggedEvent {
  readonly id: number
  readonly event: ProviderEvent
}

const kept = 500

/** What the provider has been asking, in order, for the panel beside the bank. */
export class ProviderEventLog {
  readonly #logged: LoggedEvent[] = []
  readonly #listeners = new Set<(logged: LoggedEvent) => void>()
  #count = 0

  add(event: ProviderEvent): void {
    this.#count += 1
    const logged = { id: this.#count, event }
    this.#logged.push(logged)
    if (this.#logged.length > kept) this.#logged.shift()
    for (const listener of this.#listeners) listener(logged)
  }

  get all(): readonly ProviderEvent[] {
    return this.#logged.map(({ event }) => event)
  }

  get lastId(): number {
    return this.#count
  }

  since(id: number): readonly LoggedEvent[] {
    return this.#logged.filter((logged) => logged.id > id)
  }

  subscribe(listener: (logged: LoggedEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
