import { ClientError } from '../errors.ts'
import type { ClientSettings } from './options.ts'
import type { Provider } from './provider.ts'
import type { createStepUpPart, StepUpPart } from './step-up-part.ts'
import type { TokenStore } from './token-store.ts'
import type { Tokens } from './tokens.ts'
import type { Transaction } from './transaction.ts'

/** The step-ups of a page, whose code is a file of its own and comes with the session. */
export interface DeferredStepUps {
  /** `undefined`: not there yet. */
  readonly ready: StepUpPart | undefined
  /** @throws ClientError `provider_unavailable` where the page's own server does not give the file; the next call asks again */
  load(): Promise<StepUpPart>
  /** @throws StepUpError `different_user`, `step_up_unmet`; ClientError `provider_unavailable` */
  readonly hold: (transaction: Transaction, tokens: Tokens) => Promise<void>
}

interface StepUpCode {
  readonly createStepUpPart: typeof createStepUpPart
}

export function deferStepUps(
  settings: ClientSettings,
  provider: Provider,
  store: TokenStore,
  code: () => Promise<StepUpCode> = () => import('./step-up-part.ts'),
): DeferredStepUps {
  let ready: StepUpPart | undefined
  let loading: Promise<StepUpPart> | undefined
  const get = async () => {
    try {
      const part = await code()
      return (ready = part.createStepUpPart(settings, provider, store))
    } catch (cause) {
      loading = undefined
      throw new ClientError('provider_unavailable', 'the step-up could not be loaded', { cause })
    }
  }
  const load = () => (loading ??= get())
  return {
    get ready() {
      return ready
    },
    load,
    hold: async (transaction, tokens) => (await load()).hold(transaction, tokens),
  }
}
