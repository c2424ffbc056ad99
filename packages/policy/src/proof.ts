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

/** An alternative whose methods were all proved once, live or not: what tells `expired` from `missing`. */
export interface PastProof {
  readonly provedAt: EpochSeconds
  /** Whether all that carries the proof time was proved in the request at hand. */
  readonly ofRequest: boolean
}

/** An event that is live, and its last live second. */
export interface LiveEvent {
  readonly at: EpochSeconds
  readonly until: EpochSeconds
}

/** The newest event that proves `method`, among those that `context` can see, live or not. */
export function newestEvent(
  record: AuthenticationRecord,
  method: Method,
  context: DecisionContext,
  ofRequestOnly = false,
): AuthenticationEvent | undefined {
  return newest(provingEvents(record, method, context, ofRequestOnly))
}

/**
 * The newest live event that proves `method`. A newer one that is not live hides nothing: a passkey may be set to end
 * before the security key that it also counts as.
 */
export function newestLiveEvent(
  levels: Levels,
  record: AuthenticationRecord,
  method: Method,
  context: DecisionContext,
  ofRequestOnly = false,
): LiveEvent | undefined {
  return newest(
    provingEvents(record, method, context, ofRequestOnly).flatMap((event) => {
      const until = liveUntil(levels, event, method, context)
      return until === undefined ? [] : [{ at: event.at, until }]
    }),
  )
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
  return proofs.reduce<Proof | undefined>(better, undefined)
}

/** The newest of a level's alternatives of which every method was proved once. Absent: there is none. */
export function newestPastProof(
  level: Level,
  record: AuthenticationRecord,
  context: DecisionContext,
): PastProof | undefined {
  const past = level.accepts.flatMap(({ methods, proof }): PastProof[] => {
    if (methods.some((method) => newestEvent(record, method, context) === undefined)) return []
    const carrying = proof.flatMap((method) => newestEvent(record, method, context) ?? [])
    return [
      {
        provedAt: Math.min(...carrying.map(({ at }) => at)),
        ofRequest: proof.every(
          (method) => newestEvent(record, method, context, true) !== undefined,
        ),
      },
    ]
  })
  return past.reduce<PastProof | undefined>((best, next) => {
    if (best === undefined || next.provedAt > best.provedAt) return next
    // Of equals one of this request, so that the order of alternatives says nothing.
    return next.provedAt === best.provedAt && next.ofRequest ? next : best
  }, undefined)
}

function proofOf(
  levels: Levels,
  alternative: AcceptedAlternative,
  record: AuthenticationRecord,
  context: DecisionContext,
  oneShot: boolean,
): Proof | undefined {
  const live = alternative.methods.map((method) => newestLiveEvent(levels, record, method, context))
  const carrying = alternative.proof.map((method) =>
    newestLiveEvent(levels, record, method, context, oneShot),
  )
  if (!live.every(isLive) || !carrying.every(isLive)) return undefined
  return {
    provedAt: Math.min(...carrying.map(({ at }) => at)),
    liveUntil: Math.min(...live.map(({ until }) => until)),
    methods: alternative.methods.toSorted(),
  }
}

/**
 * The last second at which `event` is live as a proof of `method`; `undefined` where it is not. It lives as long as both
 * the method that was proved and the method that it counts as. Lifetime 0: for the request that proved it, however
 * long that takes, and for no other one in the same second.
 */
function liveUntil(
  levels: Levels,
  event: AuthenticationEvent,
  method: Method,
  context: DecisionContext,
): EpochSeconds | undefined {
  const lifetimes = [event.method, method].map((name) => levels.methodLifetimeSeconds(name))
  const forRequestOnly = lifetimes.includes(0)
  if (forRequestOnly && !isOfRequest(event, context)) return undefined
  const lifetime = Math.min(...lifetimes.filter((seconds) => seconds > 0))
  const age = ageSeconds(event.at, context.now)
  if (age === undefined || age > lifetime) return undefined
  return forRequestOnly ? context.now : event.at + lifetime
}

function provingEvents(
  record: AuthenticationRecord,
  method: Method,
  context: DecisionContext,
  ofRequestOnly: boolean,
): readonly AuthenticationEvent[] {
  const counting = methodsThatCountAs(method)
  return record.filter(
    (event) =>
      counting.includes(event.method) &&
      ageSeconds(event.at, context.now) !== undefined &&
      (!ofRequestOnly || isOfRequest(event, context)),
  )
}

function isOfRequest(event: AuthenticationEvent, context: DecisionContext): boolean {
  return context.request !== undefined && event.request === context.request
}

function isLive(event: LiveEvent | undefined): event is LiveEvent {
  return event !== undefined
}

/** The last in time. Of equals the one that lives longest, so that the order of events says nothing. */
function newest<T extends { readonly at: EpochSeconds; readonly until?: EpochSeconds }>(
  events: readonly T[],
): T | undefined {
  return events.reduce<T | undefined>((best, next) => {
    if (best === undefined || next.at > best.at) return next
    return next.at === best.at && (next.until ?? 0) > (best.until ?? 0) ? next : best
  }, undefined)
}

function better(best: Proof | undefined, next: Proof): Proof {
  return best === undefined || comparePreference(next, best) < 0 ? next : best
}

/**
 * Negative where `a` speaks before `b`: proved later, else live longer, else fewer methods, else first by name. Total, so
 * that the order in which alternatives are written says nothing.
 */
function comparePreference(a: Proof, b: Proof): number {
  const numbers =
    b.provedAt - a.provedAt || b.liveUntil - a.liveUntil || a.methods.length - b.methods.length
  if (numbers !== 0) return numbers
  const [left, right] = [a.methods.join(' '), b.methods.join(' ')]
  return left === right ? 0 : left < right ? -1 : 1
}
