import type { ConversationItem } from './conversation-item.ts'

const key = 'bank:conversation'
const deferredKey = 'bank:conversation-deferred'
const kept = 80

export interface NumberedItem extends ConversationItem {
  readonly id: number
}

/** What the panel shows. Kept in the tab, so that a step-up by redirect does not tear it in two. */
export class Conversation {
  #items: readonly NumberedItem[] = readItems(key)
  readonly #listeners = new Set<() => void>()

  get items(): readonly NumberedItem[] {
    return this.#items
  }

  add(...items: readonly ConversationItem[]): void {
    if (items.length === 0) return
    const last = this.#items.at(-1)?.id ?? 0
    const numbered = items.map((item, index) => ({ ...item, id: last + 1 + index }))
    this.#replace([...this.#items, ...numbered].slice(-kept))
  }

  /** For the next page load of this tab, when this one is being left already. */
  defer(items: readonly ConversationItem[]): void {
    sessionStorage.setItem(deferredKey, JSON.stringify(items))
  }

  takeDeferred(): ConversationItem[] {
    const items = readItems(deferredKey)
    sessionStorage.removeItem(deferredKey)
    return [...items]
  }

  clear(): void {
    this.#replace([])
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #replace(items: readonly NumberedItem[]): void {
    this.#items = items
    sessionStorage.setItem(key, JSON.stringify(items))
    for (const listener of this.#listeners) listener()
  }
}

function readItems(name: string): readonly NumberedItem[] {
  try {
    const items: unknown = JSON.parse(sessionStorage.getItem(name) ?? '[]')
    return Array.isArray(items) ? (items as NumberedItem[]) : []
  } catch {
    return []
  }
}
