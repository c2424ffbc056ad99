import { StoreError } from '../store-error.ts'
import type { StoreErrorCode } from '../store-error.ts'

/** SQLSTATE by its class or whole, https://www.postgresql.org/docs/current/errcodes-appendix.html. */
const codes: readonly (readonly [string, StoreErrorCode, string])[] = [
  ['08', 'store_unavailable', 'the connection to the database failed'],
  ['28', 'store_unavailable', 'the database does not let us in'],
  ['3D', 'store_unavailable', 'there is no such database'],
  ['53100', 'store_full', 'the disk of the database is full'],
  ['53', 'store_unavailable', 'the database is at its limit'],
  ['57', 'store_unavailable', 'the database is stopping or starting'],
  ['25006', 'store_unavailable', 'the database can only be read'],
  ['40', 'store_locked', 'another transaction was in the way'],
  ['55', 'store_locked', 'another transaction was in the way'],
  ['22', 'store_conflict', 'a value does not fit its column'],
  ['23', 'store_conflict', 'the row contradicts another'],
  ['XX', 'store_corrupt', 'the database is damaged'],
]

/** What kind of failure it is; the driver's words, which may quote values, stay in `cause`. */
export function storeErrorOf(error: unknown): unknown {
  if (error instanceof StoreError || !(error instanceof Error)) return error
  const state = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const known = /^[0-9A-Z]{5}$/.test(state)
    ? codes.find(([start]) => state.startsWith(start))
    : undefined
  if (known) return new StoreError(known[1], known[2], { cause: error })
  if (error.message === 'Cannot use a pool after calling end on the pool') {
    return new StoreError('store_closed', 'the store is closed')
  }
  if (isFromNetwork(error, state)) {
    return new StoreError('store_unavailable', 'the database cannot be reached', { cause: error })
  }
  return error
}

function isFromNetwork(error: Error, state: string): boolean {
  return (
    /^E[A-Z]+$/.test(state) ||
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(
      error.message,
    ) ||
    error instanceof AggregateError
  )
}
