import type { EpochSeconds, LevelOrder, Requirement } from '@newel/policy'
import { ClientError, StepUpError, type StepUpErrorCode } from '../errors.ts'
import { judgeAnswer, orderFor } from '../judge-answer.ts'
import { achievedBy, type NodeTokens } from './stored-tokens.ts'

/** What was asked, of whom, and since when it counts. */
export interface Asked {
  readonly requirement?: Requirement
  /** Who must answer. Absent: anybody. */
  readonly subject?: string
  /** On this machine's clock. */
  readonly beganAt: EpochSeconds
}

export interface JudgeContext {
  readonly order: LevelOrder | undefined
  readonly clockToleranceSeconds: number
}

/**
 * Hold new tokens to what was asked, before they replace anything.
 *
 * @throws StepUpError `different_user`, `step_up_unmet`
 */
export function judgeTokens(
  { requirement, subject, beganAt }: Asked,
  tokens: NodeTokens,
  context: JudgeContext,
): NodeTokens {
  if (subject !== undefined && tokens.session.subject !== subject) {
    throw new StepUpError(
      'different_user',
      'another person answered; the session stays with the first',
      requirement ?? { acrValues: [] },
    )
  }
  // The provider's clock against itself: a clock that is wrong on this machine changes nothing.
  if (!requirement || reaches(requirement, tokens, beganAt, tokens.issuedAt, context)) return tokens
  throw new StepUpError(
    'step_up_unmet',
    "the provider's answer does not reach what was asked",
    requirement,
    { achieved: achievedBy(tokens) },
  )
}

/** Whether tokens in hand reach a requirement. `now`: on the provider's clock. */
export function reaches(
  requirement: Requirement,
  { session, clockOffsetSeconds }: NodeTokens,
  beganAt: EpochSeconds,
  now: EpochSeconds,
  { order, clockToleranceSeconds }: JudgeContext,
): boolean {
  return judgeAnswer(orderFor(order, requirement, session), requirement, session, {
    askedAt: beganAt + clockOffsetSeconds,
    now,
    clockToleranceSeconds,
  }).satisfied
}

/** Errors that say a page would have been needed. OIDC Core §3.1.2.6. */
const needsPage = new Set([
  'login_required',
  'interaction_required',
  'consent_required',
  'account_selection_required',
])

const stepUpRefusals: Readonly<Record<string, StepUpErrorCode>> = {
  access_denied: 'step_up_cancelled',
  // The person let the time pass. RFC 8628 §3.5.
  expired_token: 'step_up_cancelled',
  unmet_authentication_requirements: 'step_up_unmet',
}

/** What the provider's refusal means to who asked. `stepUp`: a session was there already. */
export function refusalOf(error: unknown, { requirement }: Asked, stepUp: boolean): unknown {
  if (!(error instanceof ClientError) || error.code !== 'provider_refused') return error
  const providerError = error.providerError ?? ''
  const facts = { cause: error, providerError }
  if (requirement && (stepUp || providerError === 'unmet_authentication_requirements')) {
    const code = needsPage.has(providerError) ? 'step_up_unmet' : stepUpRefusals[providerError]
    return code ? new StepUpError(code, error.message, requirement, facts) : error
  }
  if (needsPage.has(providerError)) return new ClientError('login_required', error.message, facts)
  if (providerError === 'access_denied' || providerError === 'expired_token') {
    return new ClientError('login_cancelled', error.message, facts)
  }
  return error
}
