import type { Requirement } from '@newel/policy'
import { defined } from '../defined.ts'
import { ClientError, StepUpError, type StepUpErrorCode } from '../errors.ts'
import { acceptAnswer } from './accept-answer.ts'
import { answerInAddress, relayAnswer } from './answer.ts'
import type { BrowserHost } from './browser-host.ts'
import type { Purpose } from './client-event.ts'
import type { DeferredStepUps } from './deferred-step-ups.ts'
import type { ClientSettings } from './options.ts'
import type { Provider } from './provider.ts'
import type { TokenStore } from './token-store.ts'
import { type StepUpFailure, takeTransaction, type Transaction } from './transaction.ts'
import { windowHost } from './window-host.ts'

/** What the callback page found, and what the app does next. */
export type CallbackResult =
  /** This window belongs to another page, which has the answer now. Render nothing; it closes by itself. */
  | { readonly outcome: 'relayed' }
  /** On the way to get the session back after a failed step-up. Render nothing; the page is being left. */
  | { readonly outcome: 'redirecting' }
  /** Logged in, or stepped up: go to `returnTo`, and offer anew what the redirect interrupted. */
  | {
      readonly outcome: 'completed'
      readonly purpose: Purpose
      readonly returnTo: string
      readonly requirement?: Requirement
    }
  /** Go to `returnTo` and say so. `client.session` tells whether the login still stands. */
  | {
      readonly outcome: 'failed'
      readonly purpose: Purpose
      readonly returnTo: string
      readonly error: ClientError
    }

/**
 * For a callback page of its own, without the app: hand the answer to the window that waits for it. `false`: no window
 * waits. Enough for popups and frames; answers by redirect need `handleRedirectCallback()`.
 */
export function completePopup(host: BrowserHost = windowHost()): boolean {
  return relayAnswer(host, new URL(host.href).searchParams)
}

/**
 * Take the provider's answer off the address, in whatever window this is. `undefined`: the address holds none. `resume`
 * gets the state of a step-up that was reached, with what it interrupted.
 */
export async function handleCallback(
  settings: ClientSettings,
  provider: Provider,
  store: TokenStore,
  stepUps: DeferredStepUps,
  resume: (state: string) => void,
): Promise<CallbackResult | undefined> {
  const { host, timeLimitSeconds, emit } = settings
  const answer = answerInAddress(settings, host.href)
  const state = answer?.get('state')
  if (!answer || !state) return undefined
  if (relayAnswer(host, answer)) return { outcome: 'relayed' }
  const transaction = takeTransaction(host.storage, state, host.now(), timeLimitSeconds)
  const { purpose, returnTo, requirement, failure } = transaction ?? nothingKnown
  // Used once: neither a reload nor the history finds it again.
  host.replaceUrl(returnTo)
  const failed = (error: ClientError, of: Purpose): CallbackResult => {
    emit({ type: 'error', error })
    return { outcome: 'failed', purpose: of, returnTo, error }
  }
  if (!transaction) {
    return failed(
      new ClientError('transaction_unknown', 'this tab waits for no such answer'),
      purpose,
    )
  }
  // A step-up that failed on an earlier load, whose session this trip gets back.
  const earlier = failure && revived(failure)
  try {
    store.replace(
      purpose,
      await acceptAnswer(settings, provider, answer, transaction, stepUps.hold),
    )
  } catch (cause) {
    // What the page was left for did not come about.
    await settings.parking?.forget(state).catch(() => {})
    if (!(cause instanceof ClientError)) throw cause
    if (purpose !== 'step_up') return failed(earlier ?? cause, earlier ? 'step_up' : purpose)
    try {
      const { restoreAfter } = await stepUps.load()
      await restoreAfter(transaction, cause)
      return { outcome: 'redirecting' }
    } catch {
      return failed(cause, purpose)
    }
  }
  if (purpose === 'step_up') resume(state)
  return earlier
    ? failed(earlier, 'step_up')
    : { outcome: 'completed', purpose, returnTo, ...defined({ requirement }) }
}

/** Where an answer leads that belongs to no transaction of this tab. */
const nothingKnown: Pick<Transaction, 'purpose' | 'returnTo' | 'requirement' | 'failure'> = {
  purpose: 'login',
  returnTo: '/',
}

function revived({ code, message, required, ...facts }: StepUpFailure): ClientError {
  return required
    ? new StepUpError(code as StepUpErrorCode, message, required, facts)
    : new ClientError(code, message, facts)
}
