import { type JudgingRules, reachesRequirement, type Requirement } from '@newel/policy'
import type { Answered } from './hold-answer.ts'

/**
 * Whether an answer that was good for a requirement met it only as a proof made for it (`max_age=0`, or a level of
 * lifetime 0): an API lets that pass once, so it is one call's. The judgement is an API's own.
 */
export function servesOneCall(
  requirement: Requirement,
  { session, issuedAt }: Pick<Answered, 'session' | 'issuedAt'>,
  rules: JudgingRules,
): boolean {
  return !reachesRequirement(requirement, { ...session, oneShot: false }, issuedAt, rules)
}
