import type { Authentication, EpochSeconds, LevelOrder, Requirement } from '@newel/policy'
import { defined } from './defined.ts'
import { StepUpError } from './errors.ts'
import { judgeAnswer, orderFor } from './judge-answer.ts'

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

export interface AnswerRules {
  /** Absent: the provider publishes no order. */
  readonly order: LevelOrder | undefined
  readonly clockToleranceSeconds: number
}

/**
 * Hold new tokens to what was asked, before they replace anything.
 *
 * @throws StepUpError `different_user`, `step_up_unmet`
 */
export function holdAnswer(asked: Asked, answered: Answered, rules: AnswerRules): void {
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
  throw new StepUpError('step_up_unmet', 'the answer does not reach what was asked', requirement, {
    achieved: achievedBy(session),
  })
}

/** Whether tokens in hand reach a requirement. `now`: on the provider's clock. */
export function reaches(
  requirement: Requirement,
  { session, clockOffsetSeconds }: Answered,
  beganAt: EpochSeconds,
  now: EpochSeconds,
  { order, clockToleranceSeconds }: AnswerRules,
): boolean {
  return judgeAnswer(orderFor(order), requirement, session, {
    // The provider's clock against itself: a clock that is wrong on this machine changes nothing.
    askedAt: beganAt + clockOffsetSeconds,
    now,
    clockToleranceSeconds,
  }).satisfied
}

/** What an authentication proves, without whose it is. */
export function achievedBy({ acr, amr, authTime }: Authentication): Authentication {
  return defined({ acr, amr, authTime })
}
