import type { ClientError } from '../errors.ts'
import { meetRefusal, type RefusedCall, sendOnce } from './meet-refusal.ts'
import type { ClientSettings } from './options.ts'
import type { Provider } from './provider.ts'
import { restoreAfter } from './restore-after.ts'
import { createStepUps, type StepUps } from './step-ups.ts'
import type { TokenStore } from './token-store.ts'
import type { Transaction } from './transaction.ts'

/** What a page needs only once an API asks for more. */
export interface StepUpPart extends StepUps {
  readonly meetRefusal: (refused: RefusedCall) => Promise<Response>
  readonly sendOnce: (call: Request) => Promise<Response>
  readonly restoreAfter: (transaction: Transaction, error: ClientError) => Promise<void>
}

export function createStepUpPart(
  settings: ClientSettings,
  provider: Provider,
  store: TokenStore,
): StepUpPart {
  const stepUps = createStepUps(settings, provider, store)
  return {
    ...stepUps,
    meetRefusal: (refused) => meetRefusal(settings, store, stepUps, refused),
    sendOnce: (call) => sendOnce(settings, store, call),
    restoreAfter: (transaction, error) => restoreAfter(settings, provider, transaction, error),
  }
}
