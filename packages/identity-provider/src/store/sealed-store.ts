import type { SealedPlace } from '../secrets/sealer.ts'

/**
 * Every secret of the database, to be sealed anew when the operator's key changes. What a Redis keeps beside it is left out:
 * it ends within the hour.
 */
export interface SealedStore {
  /** A page of one kind, in a stable order. What is written meanwhile may come or not. */
  list(kind: SealedKind, page: SealedPageRequest): Promise<SealedPage>
  /** Puts the new one where the old one still stands, all in one step; tells how many. */
  replace(values: readonly (readonly [value: SealedValue, next: Uint8Array])[]): Promise<number>
}

/** `database`: what it keeps about itself. */
export type SealedKind = 'artifact' | 'interaction' | 'credential' | 'signing-key' | 'database'

export interface SealedPageRequest {
  readonly limit: number
  /** The `next` of the page before. Absent: from the start. */
  readonly after?: string
}

export interface SealedPage {
  readonly values: readonly SealedValue[]
  /** Absent on the last page. */
  readonly next?: string
}

export interface SealedValue {
  readonly kind: SealedKind
  /** What names it among those of its kind. */
  readonly key: string
  readonly place: SealedPlace
  readonly sealed: Uint8Array
}
