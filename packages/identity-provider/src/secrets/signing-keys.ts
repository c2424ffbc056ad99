import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import type { JWK } from 'jose'
import type { EpochSeconds } from '@newel/policy'
import type { JsonObject } from '../store/json.ts'
import type { KeyState, KeyStore, StoredKey } from '../store/key-store.ts'
import { signingKeyPlace } from './sealed-places.ts'
import type { Sealer } from './sealer.ts'

/** A key that is published, and signs where its state is `active`. */
export interface SigningKey {
  readonly kid: string
  readonly state: KeyState
  /** With the private part, `kid`, `alg` and `use`. */
  readonly privateJwk: JWK
}

/** What a step of the rotation changed. */
export interface KeyRotation {
  readonly added: readonly string[]
  readonly activated: readonly string[]
  readonly removed: readonly string[]
}

/**
 * The life of a signing key: published as `next`, so that every verifier has it when it begins to sign; `active`;
 * then `retired`, published until the last token that it signed has expired. Each step is safe to repeat, and to take on
 * several nodes at once.
 */
export interface SigningKeys {
  /** The active key first, as signers take the first that fits. Makes the first key where there is none. */
  load(now: EpochSeconds): Promise<readonly SigningKey[]>
  /** Publishes a `next` key where there is none; tells its kid. */
  prepare(now: EpochSeconds): Promise<string>
  /** Lets the published `next` key sign from now on. Undefined where none is prepared. */
  activateNext(now: EpochSeconds): Promise<string | undefined>
  /** Removes keys retired `longestTokenSeconds` ago or earlier: no live token needs them. */
  removeRetired(now: EpochSeconds, longestTokenSeconds: number): Promise<readonly string[]>
  /**
   * What is due, to be called from time to time: removes what no token needs, activates a `next` key that has been
   * published for `publishedSeconds`, and prepares one where the active key is `activeSeconds` old.
   */
  rotate(now: EpochSeconds, schedule: RotationSchedule): Promise<KeyRotation>
}

export interface RotationSchedule {
  /** Age of the active key at which its follower is published. */
  readonly activeSeconds: number
  /** How long a key is published before it signs: at least as long as verifiers keep a key set. */
  readonly publishedSeconds: number
  /** The longest lifetime of any token. */
  readonly longestTokenSeconds: number
}

export function createSigningKeys(options: {
  readonly store: KeyStore
  readonly sealer: Sealer
}): SigningKeys {
  const { store, sealer } = options

  async function add(state: KeyState, now: EpochSeconds): Promise<string | undefined> {
    const key = await generateSigningKey(state, now, sealer)
    return (await store.add(key)) ? key.kid : undefined
  }

  const keys: SigningKeys = {
    async load(now) {
      let stored = await store.list()
      if (!stored.some(({ state }) => state === 'active')) {
        await add('active', now)
        stored = await store.list()
      }
      return stored
        .toSorted((a, b) => rank[a.state] - rank[b.state])
        .map((key) => openKey(key, sealer))
    },
    async prepare(now) {
      const added = await add('next', now)
      if (added !== undefined) return added
      const present = (await store.list()).find(({ state }) => state === 'next')
      return present?.kid ?? keys.prepare(now)
    },
    async activateNext(now) {
      const next = (await store.list()).find(({ state }) => state === 'next')
      return next && (await store.activate(next.kid, now)) ? next.kid : undefined
    },
    async removeRetired(now, longestTokenSeconds) {
      const removed: string[] = []
      for (const { kid, retiredAt } of await store.list()) {
        if (retiredAt === undefined || retiredAt + longestTokenSeconds > now) continue
        if (await store.remove(kid)) removed.push(kid)
      }
      return removed
    },
    async rotate(now, schedule) {
      const removed = await keys.removeRetired(now, schedule.longestTokenSeconds)
      const stored = await store.list()
      const next = stored.find(({ state }) => state === 'next')
      const active = stored.find(({ state }) => state === 'active')
      if (next && next.createdAt + schedule.publishedSeconds <= now) {
        const activated = await store.activate(next.kid, now)
        return { added: [], activated: activated ? [next.kid] : [], removed }
      }
      const age = active ? now - (active.activatedAt ?? active.createdAt) : 0
      const added = !next && active && age >= schedule.activeSeconds && (await add('next', now))
      return { added: typeof added === 'string' ? [added] : [], activated: [], removed }
    },
  }
  return keys
}

const rank: Readonly<Record<KeyState, number>> = { active: 0, next: 1, retired: 2 }

/** ES256: 30 µs to sign where RS256 takes 280. */
async function generateSigningKey(
  state: KeyState,
  now: EpochSeconds,
  sealer: Sealer,
): Promise<StoredKey> {
  const pair = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(pair.privateKey)
  const kid = await calculateJwkThumbprint(jwk)
  const named = { ...jwk, kid, alg: 'ES256', use: 'sig' }
  return {
    kid,
    state,
    alg: 'ES256',
    publicJwk: publicPart(named),
    sealedPrivateJwk: sealer.seal(Buffer.from(JSON.stringify(named)), signingKeyPlace(kid)),
    createdAt: now,
    ...(state === 'active' ? { activatedAt: now } : {}),
  }
}

function openKey({ kid, state, sealedPrivateJwk }: StoredKey, sealer: Sealer): SigningKey {
  const opened = Buffer.from(sealer.open(sealedPrivateJwk, signingKeyPlace(kid)))
  return { kid, state, privateJwk: JSON.parse(opened.toString('utf8')) as JWK }
}

function publicPart({ kty, crv, x, y, kid, alg, use }: JWK): JsonObject {
  const known = { kty, crv, x, y, kid, alg, use }
  return Object.fromEntries(
    Object.entries(known).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
