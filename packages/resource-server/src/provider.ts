import type { EpochSeconds, LevelOrder } from '@newel/policy'
import type { JWK } from 'jose'
import { ResourceServerError } from './errors.ts'
import { orderByEquality } from './level-order.ts'
import { fetchJson, fetchMetadata } from './provider-metadata.ts'
import type { Fetch } from './provider-metadata.ts'
import { createKeySet } from './signature/key-set.ts'
import type { KeySet } from './signature/key-set.ts'

/** What is known of the provider at one time. */
export interface ProviderFacts {
  readonly order: LevelOrder
  /** Absent: the provider does not say which levels it knows. */
  readonly acrValuesSupported: readonly string[] | undefined
  /** Whether the provider publishes its levels, and so marks one-shot tokens. */
  readonly publishesLevels: boolean
  readonly introspectionEndpoint: string | undefined
  readonly keys: KeySet
  /** Rises when the keys are no longer the same. */
  readonly keysVersion: number
}

/** Metadata and keys older than this are fetched again, while those at hand serve. Seconds. */
export const refreshAfterSeconds = 600
/** Keys that could not be fetched again for this long verify nothing any more: one of them may have been withdrawn. Seconds. */
export const staleAfterSeconds = 24 * 3600
/** Pause after a fetch that failed, and between two fetches for keys that are not in the set. Seconds. */
export const cooldownSeconds = { failure: 5, unknownKey: 30 } as const

/** Most keys taken from one set. Real ones have under ten. */
const mostKeys = 100

/** Metadata and keys of one provider, fetched when needed, never twice at a time. */
export class Provider {
  readonly #issuer: string
  readonly #fetch: Fetch
  readonly #allowInsecure: boolean
  readonly #configuredOrder: LevelOrder | undefined
  #facts: ProviderFacts | undefined
  #keysText = ''
  #fetchedAt: EpochSeconds = Number.NEGATIVE_INFINITY
  #failedAt: EpochSeconds = Number.NEGATIVE_INFINITY
  #failure: ResourceServerError | undefined
  #soughtKeyAt: EpochSeconds = Number.NEGATIVE_INFINITY
  #refreshing: Promise<void> | undefined

  constructor(options: {
    issuer: string
    fetch: Fetch
    allowInsecure: boolean
    order: LevelOrder | undefined
  }) {
    this.#issuer = options.issuer
    this.#fetch = options.fetch
    this.#allowInsecure = options.allowInsecure
    this.#configuredOrder = options.order
  }

  /** What is at hand and not stale. Begins a refresh in the background where one is due. */
  current(now: EpochSeconds): ProviderFacts | undefined {
    // A clock that was ahead when they were fetched must not keep withdrawn keys alive until it is that late.
    const age = Math.abs(now - this.#fetchedAt)
    const isDue = age >= refreshAfterSeconds && this.#facts && !this.#coolingDown(now)
    // One that is under way is left alone: whatever each call hung on it would stay in memory until the provider answers.
    if (isDue && !this.#refreshing) {
      // The outcome is kept in #failure; those who need it ask `load`.
      this.#refresh(now).catch(() => undefined)
    }
    return age < staleAfterSeconds ? this.#facts : undefined
  }

  /** @throws ResourceServerError `provider_unavailable`, `issuer_mismatch`, `invalid_metadata`. */
  async load(now: EpochSeconds): Promise<ProviderFacts> {
    const current = this.current(now)
    if (current) return current
    if (this.#failure && this.#coolingDown(now)) throw this.#failure
    await this.#refresh(now)
    return this.#known()
  }

  /**
   * What is known after looking for a key that the set at hand lacks. A flood of made-up key ids causes one fetch in
   * {@link cooldownSeconds}; within that time the facts at hand are the answer.
   *
   * @throws ResourceServerError where the provider does not answer, so that nobody can tell whether the key exists.
   */
  async seekKey(now: EpochSeconds): Promise<ProviderFacts> {
    if (this.#refreshing) {
      await this.#refreshing
      return this.#known()
    }
    if (this.#failure && this.#coolingDown(now)) throw this.#failure
    if (Math.abs(now - this.#soughtKeyAt) >= cooldownSeconds.unknownKey) {
      this.#soughtKeyAt = now
      await this.#refresh(now)
    }
    return this.#known()
  }

  #known(): ProviderFacts {
    if (this.#facts) return this.#facts
    throw (
      this.#failure ??
      new ResourceServerError('provider_unavailable', 'the provider is not known yet')
    )
  }

  /** Absolute, so that a clock set back does not turn seconds into hours. */
  #coolingDown(now: EpochSeconds): boolean {
    return this.#failure !== undefined && Math.abs(now - this.#failedAt) < cooldownSeconds.failure
  }

  #refresh(now: EpochSeconds): Promise<void> {
    this.#refreshing ??= this.#fetchFacts(now).finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  async #fetchFacts(now: EpochSeconds): Promise<void> {
    try {
      const metadata = await fetchMetadata(this.#issuer, this.#fetch, this.#allowInsecure)
      const keys = readKeys(await fetchJson(metadata.jwksUri.href, this.#fetch))
      const keysText = JSON.stringify(keys)
      const known = this.#facts && keysText === this.#keysText ? this.#facts : undefined
      this.#facts = {
        order:
          this.#configuredOrder ?? metadata.order ?? orderByEquality(metadata.acrValuesSupported),
        acrValuesSupported: metadata.acrValuesSupported,
        publishesLevels: metadata.order !== undefined,
        introspectionEndpoint: metadata.introspectionEndpoint,
        keys: known?.keys ?? createKeySet(keys),
        keysVersion: known?.keysVersion ?? (this.#facts?.keysVersion ?? 0) + 1,
      }
      this.#keysText = keysText
      this.#fetchedAt = now
      this.#failure = undefined
    } catch (error) {
      this.#failedAt = now
      this.#failure =
        error instanceof ResourceServerError
          ? error
          : new ResourceServerError('invalid_metadata', 'the keys of the provider cannot be used', {
              cause: error,
            })
      throw this.#failure
    }
  }
}

/** Symmetric keys have no place in a public set, and would let any reader sign. */
function readKeys(document: Readonly<Record<string, unknown>>): readonly JWK[] {
  const listed = document['keys']
  if (!Array.isArray(listed) || listed.length > mostKeys) {
    throw new ResourceServerError(
      'invalid_metadata',
      `the key set must be a list of at most ${mostKeys} keys`,
    )
  }
  const keys = (listed as unknown[]).filter(isPublicKey)
  if (keys.length === 0) {
    throw new ResourceServerError('invalid_metadata', 'the key set holds no public signing key')
  }
  return keys
}

function isPublicKey(key: unknown): key is JWK {
  if (typeof key !== 'object' || key === null) return false
  const { kty, d } = key as { kty?: unknown; d?: unknown }
  return typeof kty === 'string' && kty !== 'oct' && d === undefined
}
