import type { ConversationItem } from './conversation-item.ts'

const key = 'bank:conversation'
const kept = 80

export interface NumberedItem extends ConversationItem {
  readonly id: number
}

/** What the panel shows. Kept in the tab, so that a step-up by redirect does not tear it in two. */
export class Conversation {
  #items: readonly NumberedItem[] = readItems()
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

function readItems(): readonly NumberedItem[] {
  try {
    const items: unknown = JSON.parse(sessionStorage.getItem(key) ?? '[]')
    return Array.isArray(items) ? (items as NumberedItem[]) : []
  } catch {
    return []
  }
}
