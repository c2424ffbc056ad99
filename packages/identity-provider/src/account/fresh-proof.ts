import {
  type AuthenticationRecord,
  type EpochSeconds,
  type Levels,
  type Method,
  type Requirement,
  evaluate,
  plan,
} from '@newel/policy'

/** How long a proof stands for changes of the account, in seconds: a few steps on the page, not a session. */
export const freshSeconds = 300

/** Who asks for a change: what the session has proved, and what the person could prove. */
export interface ProofInHand {
  readonly levels: Levels
  /** Of the session, without what removed authenticators proved. */
  readonly record: AuthenticationRecord
  /** Methods that the person has and the document offers. Locks do not shorten it: they must not lower what is asked. */
  readonly enrolled: readonly Method[]
  readonly now: EpochSeconds
}

/**
 * What a change takes: the strongest level that this person can prove with what is set up now, fresh. Absent: there is
 * none, and nothing can be changed here.
 */
export function requirementForChange({
  levels,
  record,
  enrolled,
  now,
}: ProofInHand): Requirement | undefined {
  const acr = levels.acrValues
    .toReversed()
    .find(
      (candidate) =>
        plan(levels, { acrValues: [candidate], maxAgeSeconds: 0 }, record, { now, enrolled })
          .length > 0,
    )
  return acr === undefined ? undefined : { acrValues: [acr], maxAgeSeconds: freshSeconds }
}

/**
 * Whether the requirement is met by the record, now. A level of lifetime 0 is held within the request that proved it
 * alone; here that request may be any of the last few minutes.
 */
export function isProvedFresh({ levels, record, now }: ProofInHand, asked: Requirement): boolean {
  const recent = record.filter(({ at }) => at <= now && now - at <= freshSeconds)
  const requests = new Set<string | undefined>([undefined, ...recent.map((one) => one.request)])
  return [...requests].some(
    (request) =>
      evaluate(levels, asked, record, { now, ...(request === undefined ? {} : { request }) })
        .satisfied,
  )
}
