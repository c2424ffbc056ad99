/**
 * What the backend keeps on the server: sessions (where they are not in cookies), parked calls, who refreshes, and which
 * logins have ended. Values are sealed before they come here and keys tell nothing, so whoever reads the store can use
 * none of it. Several processes share one store.
 *
 * A method that fails rejects, and the page is answered 503 `store_unusable`: nothing is let through for want of an answer.
 */
export interface BffStore {
  /** `undefined`: never put, removed, or expired. */
  get(key: string): Promise<string | undefined>
  /** Put or overwrite. Gone after so many seconds. */
  put(key: string, value: string, lifetimeSeconds: number): Promise<void>
  /** Put where there is none: true for exactly one of those who try at once. */
  add(key: string, value: string, lifetimeSeconds: number): Promise<boolean>
  /** Overwrite what is there. False where it is gone, so that nothing removed comes back. */
  replace(key: string, value: string, lifetimeSeconds: number): Promise<boolean>
  /** Read and remove in one step: the value goes to exactly one of those who try at once. */
  take(key: string): Promise<string | undefined>
  /** Let it live so many seconds from now. Nothing where it is gone. */
  touch(key: string, lifetimeSeconds: number): Promise<void>
  remove(key: string): Promise<void>
}
