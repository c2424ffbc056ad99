import type { EpochSeconds } from '@newel/policy'
import { interactionSeconds } from '../provider/lifetimes.ts'
import type { Sealer } from '../secrets/index.ts'
import { type SealedKind, type SealedStore, type SealedValue, StoreError } from '../store/index.ts'

/** What stands under one key. */
export interface SealedUnderKey {
  /** 16 hexadecimal digits, which tell keys apart and nothing about them. */
  readonly keyId: string
  /** `current` seals; `previous` only opens; `missing` was not given, so that what it sealed cannot be read. */
  readonly key: 'current' | 'previous' | 'missing'
  /** How many values of each kind. A kind without any is absent. */
  readonly counts: Readonly<Partial<Record<SealedKind, number>>>
}

export type Resealed =
  | {
      readonly kind: 'resealed'
      /** How many values were sealed anew, of each kind. */
      readonly counts: Readonly<Record<SealedKind, number>>
      /** The keys that nothing in the database needs any more. */
      readonly disused: readonly string[]
      /** From when on they may be thrown away: what was begun before may hold one of them inside for so long. */
      readonly disusedFrom: EpochSeconds
    }
  /** Nothing was changed: these keys were not given. */
  | { readonly kind: 'keys_missing'; readonly missing: readonly SealedUnderKey[] }
  /** A node seals under an old key faster than it is replaced: it was not given the new one, or not first. */
  | { readonly kind: 'still_in_use'; readonly keyIds: readonly string[] }

/**
 * In this order: at last what the database knows its key by, so that one whose secrets are not all sealed anew still refuses
 * to be opened without the old key.
 */
const kinds: readonly SealedKind[] = [
  'artifact',
  'interaction',
  'credential',
  'signing-key',
  'database',
]

/** Values that are read or replaced in one step: few enough that nobody waits for it. */
const step = 100

/** How often everything is gone through: rows that nodes write meanwhile may come behind. */
const mostRounds = 5

/** Under which keys the secrets of a store are sealed: the current one first. */
export async function survey(
  sealed: SealedStore,
  sealer: Sealer,
): Promise<readonly SealedUnderKey[]> {
  const found = new Map<string, Partial<Record<SealedKind, number>>>(
    sealer.keyIds.map((keyId) => [keyId, {}]),
  )
  for (const kind of kinds) {
    for await (const page of pagesOf(sealed, kind)) {
      for (const value of page) {
        const keyId = sealer.keyIdOf(value.sealed)
        const counts = found.get(keyId) ?? {}
        found.set(keyId, counts)
        counts[kind] = (counts[kind] ?? 0) + 1
      }
    }
  }
  return [...found].map(([keyId, counts]) => {
    const place = sealer.keyIds.indexOf(keyId)
    return { keyId, key: place === 0 ? 'current' : place > 0 ? 'previous' : 'missing', counts }
  })
}

/**
 * Seals everything anew that is not under the current key, while nodes run: each value only where it still is what was
 * read. Whoever is killed in the middle begins again and goes on with the rest.
 */
export async function reseal(
  sealed: SealedStore,
  sealer: Sealer,
  now: EpochSeconds,
): Promise<Resealed> {
  const before = await survey(sealed, sealer)
  const missing = before.filter(({ key }) => key === 'missing')
  if (missing.length > 0) return { kind: 'keys_missing', missing }
  const counts = Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<SealedKind, number>
  for (let round = 0; round < mostRounds; round += 1) {
    let found = 0
    for (const kind of kinds) {
      for await (const page of pagesOf(sealed, kind)) {
        const old = page.filter((value) => !sealer.isCurrent(value.sealed))
        found += old.length
        if (old.length > 0) counts[kind] += await replaceUnlessLocked(sealed, old.map(anew(sealer)))
      }
    }
    if (found === 0) {
      const disused = sealer.keyIds.slice(1)
      return { kind: 'resealed', counts, disused, disusedFrom: now + interactionSeconds }
    }
  }
  const left = await survey(sealed, sealer)
  const inUse = left.filter(
    ({ key, counts: of }) => key !== 'current' && Object.keys(of).length > 0,
  )
  return { kind: 'still_in_use', keyIds: inUse.map(({ keyId }) => keyId) }
}

function anew(sealer: Sealer): (value: SealedValue) => readonly [SealedValue, Uint8Array] {
  return (value) => [value, sealer.seal(sealer.open(value.sealed, value.place), value.place)]
}

/** What another transaction is in the way of, the next round comes back for. */
async function replaceUnlessLocked(
  sealed: SealedStore,
  values: Parameters<SealedStore['replace']>[0],
): Promise<number> {
  try {
    return await sealed.replace(values)
  } catch (error) {
    if (error instanceof StoreError && error.code === 'store_locked') return 0
    throw error
  }
}

async function* pagesOf(
  sealed: SealedStore,
  kind: SealedKind,
): AsyncGenerator<readonly SealedValue[]> {
  let after: string | undefined
  do {
    const page = await sealed.list(kind, {
      limit: step,
      ...(after === undefined ? {} : { after }),
    })
    yield page.values
    after = page.next
  } while (after !== undefined)
}
