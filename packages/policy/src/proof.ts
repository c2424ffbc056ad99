import { ageSeconds } from './age.ts'
import type { EpochSeconds, Method } from './level.ts'
import type { AcceptedAlternative, Level, Levels } from './levels.ts'
import { methodsThatCountAs } from './method-equivalence.ts'
import type { AuthenticationEvent, AuthenticationRecord } from './record.ts'

/** When a decision is made, and for which authorization request. */
export interface DecisionContext {
  readonly now: EpochSeconds
  /** The request at hand. Absent: nothing counts as proved for it. */
  readonly request?: string
}

/** An alternative whose methods were all proved and are all live. */
export interface Proof {
  /** The oldest event among the methods that carry the proof time. */
  readonly provedAt: EpochSeconds
  /** Last second at which every method is live. */
  readonly liveUntil: EpochSeconds
  readonly methods: readonly Method[]
}

/** The newest event that proves `method`, among those that `context` can see. */
export function newestEvent(
  record: AuthenticationRecord,
  method: Method,
  context: DecisionContext,
  ofRequestOnly = false,
): AuthenticationEvent | undefined {
  const counting = methodsThatCountAs(method)
  let newest: AuthenticationEvent | undefined
  for (const event of record) {
    if (!counting.includes(event.method)) continue
    if (ageSeconds(event.at, context.now) === undefined) continue
    if (ofRequestOnly && !isOfRequest(event, context)) continue
    if (newest === undefined || event.at > newest.at) newest = event
  }
  return newest
}

/**
 * How far the newest event of `method` holds: its last live second, or `undefined` where it is not live. An event of
 * the request at hand is live whatever its age, since a request is shorter than any lifetime but 0.
 */
export function liveUntil(
  levels: Levels,
  record: AuthenticationRecord,
  method: Method,
  context: DecisionContext,
): EpochSeconds | undefined {
  const ofRequest = newestEvent(record, method, context, true)
  const event = newestEvent(record, method, context)
  if (event === undefined) return undefined
  const lifetime = levels.methodLifetimeSeconds(method)
  if ((ageSeconds(event.at, context.now) ?? Infinity) <= lifetime) return event.at + lifetime
  return ofRequest === undefined ? undefined : context.now
}

/**
 * The newest proof of a level by one of its own alternatives, whatever its age. With `oneShot`, only proofs made for the
 * request at hand: the methods that carry the proof time must have been proved in it, the rest only needs to be live.
 */
export function newestProof(
  levels: Levels,
  level: Level,
  record: AuthenticationRecord,
  context: DecisionContext,
  oneShot: boolean,
): Proof | undefined {
  const proofs = level.accepts.flatMap(
    (alternative) => proofOf(levels, alternative, record, context, oneShot) ?? [],
  )
  return proofs.reduce<Proof | undefined>(newer, undefined)
}

/** When every method of some alternative was proved once, live or not: what tells `expired` from `missing`. */
export function onceProvedAt(
  level: Level,
  record: AuthenticationRecord,
  context: DecisionContext,
): EpochSeconds | undefined {
  const times = level.accepts.flatMap(({ methods, proof }) => {
    if (methods.some((method) => newestEvent(record, method, context) === undefined)) return []
    return Math.min(...proof.map((method) => newestEvent(record, method, context)?.at ?? 0))
  })
  return times.length === 0 ? undefined : Math.max(...times)
}

function proofOf(
  levels: Levels,
  alternative: AcceptedAlternative,
  record: AuthenticationRecord,
  context: DecisionContext,
  oneShot: boolean,
): Proof | undefined {
  const ends = alternative.methods.map((method) => liveUntil(levels, record, method, context))
  const carrying = alternative.proof.map(
    (method) => newestEvent(record, method, context, oneShot)?.at,
  )
  if (!ends.every(isTime) || !carrying.every(isTime)) return undefined
  return {
    provedAt: Math.min(...carrying),
    liveUntil: Math.min(...ends),
    methods: [...alternative.methods].sort(),
  }
}

function newer(best: Proof | undefined, proof: Proof): Proof {
  return best === undefined || proof.provedAt > best.provedAt ? proof : best
}

function isOfRequest(event: AuthenticationEvent, context: DecisionContext): boolean {
  return context.request !== undefined && event.request === context.request
}

function isTime(time: EpochSeconds | undefined): time is EpochSeconds {
  return time !== undefined
}
