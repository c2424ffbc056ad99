import type { EpochSeconds, Requirement } from '@newel/policy'
import { digestOf } from './base64url.ts'
import type { Exchange } from './exchange.ts'
import type { BffSettings } from './options.ts'
import { sessionCookieLength } from './session-cookie.ts'
import type { SessionKey } from './session-key.ts'

/** One trip to the provider: what its answer must match. Kept sealed in a cookie of its own, so that tabs do not collide. */
export interface Transaction {
  readonly state: string
  readonly nonce: string
  /** PKCE. RFC 7636. */
  readonly verifier: string
  readonly purpose: 'login' | 'step_up'
  readonly scope: string
  /** What the tokens are to be bound to. Absent: nothing. */
  readonly key?: SessionKey | undefined
  /** What is asked. Absent: whatever the provider gives. */
  readonly requirement?: Requirement
  /** Whose answer it must be. Absent: anybody's. */
  readonly subject?: string
  /** The login that is raised. */
  readonly loginId?: string
  /** On this machine's clock. */
  readonly beganAt: EpochSeconds
  /** Where the person was. */
  readonly returnTo: string
  /** The step-up that the page was told of. */
  readonly pendingId?: string
  /** The call that waits. */
  readonly parkedId?: string
  /** The form that waits. */
  readonly formId?: string
}

const prefix = 'trip-'
/** Most trips of one browser at a time; the oldest gives way, and headers stay short. */
const mostTrips = 6
/** Browsers keep 4096 bytes of a cookie and its name. */
const mostLength = 3800
/** What all trips, and they together with the session, may take of the 16 kB that servers accept of headers. */
const mostOfTrips = 6000
const mostOfAll = 12_000

const placeOf = (name: string) => `transaction cookie ${name}`

async function cookieName(state: string): Promise<string> {
  return prefix + (await digestOf(state)).slice(0, 16)
}

export async function keepTransaction(
  settings: BffSettings,
  exchange: Exchange,
  transaction: Transaction,
): Promise<void> {
  const name = await cookieName(transaction.state)
  const whole = await settings.sealer.seal(transaction, placeOf(name))
  // The trip matters more than the way back, which a link of another site may have made so long.
  const sealed =
    whole.length <= mostLength
      ? whole
      : await settings.sealer.seal({ ...transaction, returnTo: '/' }, placeOf(name))
  await makeRoom(settings, exchange, sealed.length)
  exchange.setCookie(name, sealed, settings.timeLimitSeconds)
}

/** Take it back, once. `undefined`: another browser's, taken before, or too old. */
export async function takeTransaction(
  settings: BffSettings,
  exchange: Exchange,
  state: string,
): Promise<Transaction | undefined> {
  const name = await cookieName(state)
  const transaction = await readTransaction(settings, exchange, name)
  if (!transaction || transaction.state !== state) return undefined
  exchange.removeCookie(name)
  const { host, vault, timeLimitSeconds } = settings
  if (host.now() - transaction.beganAt > timeLimitSeconds) return undefined
  return (await vault.add('used', state, true, timeLimitSeconds)) ? transaction : undefined
}

async function readTransaction(
  { sealer }: BffSettings,
  exchange: Exchange,
  name: string,
): Promise<Transaction | undefined> {
  const cookie = exchange.cookie(name)
  if (cookie === undefined) return undefined
  const value = await sealer.open(cookie, placeOf(name))
  return isTransaction(value) ? value : undefined
}

async function makeRoom(settings: BffSettings, exchange: Exchange, added: number): Promise<void> {
  const names = exchange.cookieNames.filter((name) => name.startsWith(prefix))
  const room = Math.min(mostOfTrips, mostOfAll - sessionCookieLength(exchange)) - added
  if (names.length < mostTrips && exchange.sentLength(prefix) <= room) return
  const trips = await Promise.all(
    names.map(async (name) => ({
      name,
      beganAt: (await readTransaction(settings, exchange, name))?.beganAt ?? 0,
    })),
  )
  let left = room
  for (const [index, { name }] of trips.toSorted((a, b) => b.beganAt - a.beganAt).entries()) {
    left -= exchange.sentLength(name)
    if (left < 0 || index >= mostTrips - 1) exchange.removeCookie(name)
  }
}

/** What is sealed is ours; anything else was sealed by another version. */
function isTransaction(value: unknown): value is Transaction {
  return typeof value === 'object' && value !== null && 'state' in value && 'beganAt' in value
}
