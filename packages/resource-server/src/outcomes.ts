import type { Outcome } from './guard.ts'
import type { ObservedDecision } from './observed-decision.ts'
import type { Refusal } from './refusal.ts'
import type { CompiledRequirement } from './requirement.ts'
import type { Accepted } from './trusted-issuer.ts'

/** Ends every decision: the observer is told of it, and what only reports lets the request through. */
export class Outcomes {
  readonly #observe: ((decision: ObservedDecision) => void) | undefined

  constructor(observe: ((decision: ObservedDecision) => void) | undefined) {
    this.#observe = observe
  }

  allow(compiled: CompiledRequirement, { token }: Accepted): Outcome {
    this.#observe?.({
      outcome: 'allowed',
      ...(compiled.name !== undefined && { requirement: compiled.name }),
      issuer: token.issuer,
      reportOnly: compiled.reportOnly,
    })
    return { outcome: 'allowed', token }
  }

  /** Without a requirement: it was not reached, and a report alone lets nobody through. */
  refuse(refusal: Refusal, compiled?: CompiledRequirement, accepted?: Accepted): Outcome {
    const reportOnly = compiled?.reportOnly ?? false
    this.#observe?.({
      outcome: reportOnly ? 'allowed' : 'refused',
      reason: refusal.reason,
      ...(compiled?.name !== undefined && { requirement: compiled.name }),
      ...(accepted && { issuer: accepted.token.issuer }),
      reportOnly,
    })
    return reportOnly && accepted
      ? { outcome: 'allowed', token: accepted.token, reported: refusal }
      : refusal
  }
}
