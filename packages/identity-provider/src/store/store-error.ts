/**
 * - `store_newer_version`: a newer release wrote this database; it was left as it is.
 * - `store_older_version`: the database lacks migrations, and applying them was not asked for.
 * - `store_locked`: another process held it longer than the stated patience. Retryable.
 * - `store_corrupt`: not a database, or a damaged one.
 * - `store_unavailable`: cannot be opened, read or written: missing folder, rights, disk. Retryable once mended.
 * - `store_full`: no room left on the disk. Nothing of the refused step was kept.
 * - `store_wrong_key`: its secrets were sealed under a key that is not in the ring.
 * - `store_conflict`: the caller broke a promise that the interface states, such as an id used twice.
 * - `store_closed`: used after `close()`.
 */
export type StoreErrorCode =
  | 'store_newer_version'
  | 'store_older_version'
  | 'store_locked'
  | 'store_corrupt'
  | 'store_unavailable'
  | 'store_full'
  | 'store_wrong_key'
  | 'store_conflict'
  | 'store_closed'

/** The database, not the request, is why it could not be done. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
