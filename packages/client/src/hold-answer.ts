import {
  type Authentication,
  type EpochSeconds,
  type JudgingRules,
  reachesRequirement,
  type Requirement,
} from '@newel/policy'
import { defined } from './defined.ts'
import { StepUpError } from './errors.ts'

/** What was asked, of whom, and since when it counts. */
export interface Asked {
  /** Absent: nothing beyond a login. */
  readonly requirement?: Requirement | undefined
  /** Who must answer. Absent: anybody. */
  readonly subject?: string | undefined
  /** On this machine's clock. */
  readonly beganAt: EpochSeconds
}

/** What came back, as far as it matters here. */
export interface Answered {
  readonly session: Authentication & { readonly subject: string }
  /** On the provider's clock. */
  readonly issuedAt: EpochSeconds
  /** The provider's clock, less this machine's. */
  readonly clockOffsetSeconds: number
}

/**
 * Hold new tokens to what was asked, before they replace anything. A provider may answer `acr_values` with whatever it
 * likes, so the answer is checked here (OIDC Core §3.1.3.7 items 12 and 13).
 *
 * @throws StepUpError `different_user`, `step_up_unmet`
 */
export function holdAnswer(asked: Asked, answered: Answered, rules: JudgingRules): void {
  const { requirement, subject, beganAt } = asked
  const { session, issuedAt } = answered
  if (subject !== undefined && session.subject !== subject) {
    throw new StepUpError(
      'different_user',
      'another person answered',
      requirement ?? { acrValues: [] },
    )
  }
  if (!requirement || reaches(requirement, answered, beganAt, issuedAt, rules)) return
  throw new StepUpError('step_up_unmet', 'less than was asked', requirement, {
    achieved: achievedBy(session),
  })
}

/**
 * Whether tokens reach a requirement. `now`: on the provider's clock. A proof made at or after `askedAt`, on this machine's
 * clock, is made for the request; `max_age=0` and one-shot levels accept no other.
 */
export function reaches(
  requirement: Requirement,
  {
    session,
    clockOffsetSeconds,
  }: Pick<Answered, 'clockOffsetSeconds'> & { readonly session: Authentication },
  askedAt: EpochSeconds,
  now: EpochSeconds,
  rules: JudgingRules,
): boolean {
  // The provider's clock against itself: a clock that is wrong on this machine changes nothing.
  const waited = Math.max(0, now - askedAt - clockOffsetSeconds)
  const window = waited + rules.clockToleranceSeconds
  return reachesRequirement(requirement, session, now, rules, window)
}

/** What an authentication proves, without whose it is. */
export function achievedBy({ acr, amr, authTime }: Authentication): Authentication {
  return defined({ acr, amr, authTime })
}
