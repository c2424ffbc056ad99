import type { Provider } from 'oidc-provider'

/** What the library's session has and its types do not tell. */
interface RotatingSession {
  /** The id that the browser has until this answer reaches it. */
  oldId?: string | undefined
  readonly adapter: { destroy(id: string): Promise<void> }
  save: (this: RotatingSession, ttl: number) => Promise<unknown>
}

/**
 * The library removes a session under its old id before it writes it under the new one, and a process that dies in between
 * signs the person out. Here the new one is written first; for that moment two rows have one uid, and the new id is known
 * to nobody yet.
 */
export function writeBeforeRemoving(provider: Provider): void {
  const prototype = provider.Session.prototype as unknown as RotatingSession
  const { save } = prototype
  prototype.save = async function saveThenRemove(ttl) {
    const { oldId } = this
    this.oldId = undefined
    const saved = await save.call(this, ttl)
    if (oldId !== undefined) await this.adapter.destroy(oldId)
    return saved
  }
}
