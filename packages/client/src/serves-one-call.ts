import { evaluateToken, type Requirement } from '@newel/policy'
import type { Answered, AnswerRules } from './hold-answer.ts'
import { orderFor } from './judge-answer.ts'

/**
 * Whether an answer that was good for a requirement met it only as a proof made for it (`max_age=0`, or a level of
 * lifetime 0): an API lets that pass once, so it is one call's. The judgement is an API's own.
 */
export function servesOneCall(
  requirement: Requirement,
  { session, issuedAt }: Pick<Answered, 'session' | 'issuedAt'>,
  { order, clockToleranceSeconds }: AnswerRules,
): boolean {
  const lasting = { ...session, oneShot: false }
  const context = { now: issuedAt, clockToleranceSeconds }
  return !evaluateToken(orderFor(order), requirement, lasting, context).satisfied
}
