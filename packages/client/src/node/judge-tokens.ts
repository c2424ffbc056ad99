import { ClientError } from '../errors.ts'
import type { JudgingRules } from '@newel/policy'
import { type Asked, holdAnswer } from '../hold-answer.ts'
import { providerRefusal } from '../provider-refusal.ts'
import { saysOneShot } from '../says-one-shot.ts'
import type { NodeTokens } from './stored-tokens.ts'

/**
 * Hold new tokens to what was asked, before they replace anything. Those of a step-up that wanted a proof made now are
 * marked as good for one call, which is all that an API takes them for.
 *
 * @throws StepUpError `different_user`, `step_up_unmet`
 */
export function judgeTokens(asked: Asked, tokens: NodeTokens, rules: JudgingRules): NodeTokens {
  holdAnswer(asked, tokens, rules)
  const stepUp = asked.subject !== undefined
  const oneShot =
    stepUp && (asked.requirement?.maxAgeSeconds === 0 || saysOneShot(tokens.accessToken))
  return oneShot ? { ...tokens, session: { ...tokens.session, oneShot } } : tokens
}

/** What the provider's refusal means to who asked. `stepUp`: a session was there already. */
export function refusalOf(error: unknown, { requirement }: Asked, stepUp: boolean): unknown {
  return error instanceof ClientError && error.code === 'provider_refused'
    ? providerRefusal(error, { requirement, purpose: stepUp ? 'step_up' : 'login' })
    : error
}
