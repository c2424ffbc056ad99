import {
  type Authentication,
  type EpochSeconds,
  evaluateToken,
  type LevelOrder,
  longestLifetimeSeconds,
  type Requirement,
  type TokenDecision,
} from '@newel/policy'

/** When a proof was asked for and when it is judged, both on the provider's clock. */
export interface AnswerContext {
  /** A proof made at or after this is made for the request; `max_age=0` and one-shot levels accept no other. */
  readonly askedAt: EpochSeconds
  readonly now: EpochSeconds
  readonly clockToleranceSeconds: number
}

/**
 * Hold what came back to what was asked, before it replaces anything. A provider may answer `acr_values` with whatever
 * it likes, so the answer is checked here (OIDC Core §3.1.3.7 items 12 and 13).
 */
export function judgeAnswer(
  order: LevelOrder,
  requirement: Requirement,
  authentication: Authentication,
  { askedAt, now, clockToleranceSeconds }: AnswerContext,
): TokenDecision {
  return evaluateToken(order, requirement, authentication, {
    now,
    clockToleranceSeconds,
    oneShotWindowSeconds: Math.max(0, now - askedAt) + clockToleranceSeconds,
  })
}

/**
 * The order to judge by: the provider's where it publishes one. Elsewhere nothing is known to satisfy anything but
 * itself, and lifetimes are the API's business.
 */
export function orderFor(published: LevelOrder | undefined): LevelOrder {
  return published ?? unordered
}

const unordered: LevelOrder = {
  acrValues: [],
  satisfies: (acr, required) => acr === required,
  has: () => true,
  lifetimeSeconds: () => longestLifetimeSeconds,
}
