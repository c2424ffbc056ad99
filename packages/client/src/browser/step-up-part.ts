import { evaluateToken, type LevelOrder, type Requirement } from '@newel/policy'
import { levelOrderFromMetadata } from '@newel/protocol'
import type { ClientError } from '../errors.ts'
import { type AnswerRules, holdAnswer } from '../hold-answer.ts'
import { orderFor } from '../judge-answer.ts'
import { meetRefusal, type RefusedCall, sendOnce } from './meet-refusal.ts'
import type { ClientSettings } from './options.ts'
import type { Provider } from './provider.ts'
import { restoreAfter } from './restore-after.ts'
import { createStepUps, type StepUps } from './step-ups.ts'
import type { TokenStore } from './token-store.ts'
import type { Tokens } from './tokens.ts'
import type { Transaction } from './transaction.ts'

/** What a page needs only once somebody asks for a level or an age. */
export interface StepUpPart extends StepUps {
  /** Absent: the provider publishes none, or has not been asked yet. */
  readonly order: () => LevelOrder | undefined
  /** @throws StepUpError `different_user`, `step_up_unmet` */
  readonly hold: (transaction: Transaction, tokens: Tokens) => void
  /** Whether tokens reach a requirement now, by what their ID token states. */
  readonly holds: (tokens: Tokens, requirement: Requirement) => boolean
  readonly meetRefusal: (refused: RefusedCall) => Promise<Response>
  readonly sendOnce: (call: Request) => Promise<Response>
  readonly restoreAfter: (transaction: Transaction, error: ClientError) => Promise<void>
}

export function createStepUpPart(
  settings: ClientSettings,
  provider: Provider,
  store: TokenStore,
): StepUpPart {
  const { host, clockToleranceSeconds } = settings
  let published: LevelOrder | undefined
  const order = () => {
    // An order that cannot be read is none: values are then compared one by one, which only ever asks for more.
    const reading = !published && provider.metadata && levelOrderFromMetadata(provider.metadata)
    if (reading && reading.ok) published = reading.order
    return published
  }
  const rules = (): AnswerRules => ({ order: order(), clockToleranceSeconds })
  const hold: StepUpPart['hold'] = (transaction, tokens) => holdAnswer(transaction, tokens, rules())
  const stepUps = createStepUps(settings, provider, store, { rules, hold })
  return {
    ...stepUps,
    order,
    hold,
    holds: ({ session, clockOffsetSeconds }, requirement) =>
      evaluateToken(orderFor(order()), requirement, session, {
        now: host.now() + clockOffsetSeconds,
        clockToleranceSeconds,
      }).satisfied,
    meetRefusal: (refused) => meetRefusal(settings, store, stepUps, refused),
    sendOnce: (call) => sendOnce(settings, store, call),
    restoreAfter: (transaction, error) => restoreAfter(settings, provider, transaction, error),
  }
}
