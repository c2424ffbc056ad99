import type { Requirement } from '@newel/policy'
import { ClientError, StepUpError, type StepUpErrorCode } from '../errors.ts'
import { relayAnswer } from './answer.ts'
import type { BrowserHost } from './browser-host.ts'
import type { Purpose } from './client-event.ts'
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
      readonly requirement?: Requirement | undefined
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
  resume: (state: string) => void,
): Promise<CallbackResult | undefined> {
  const { host, redirectUri, timeLimitSeconds, emit } = settings
  const { pathname, searchParams: answer } = new URL(host.href)
  const state = answer.get('state')
  const answered = answer.get('error') ?? answer.get('code')
  // The callback page is of this origin; the options were held to that. It may have a `state` of its own.
  if (pathname !== redirectUri.pathname || !state || !answered) return undefined
  if (relayAnswer(host, answer)) return { outcome: 'relayed' }
  const transaction = takeTransaction(host, state, timeLimitSeconds)
  const {
    purpose = 'login',
    returnTo = '/',
    requirement,
    failure,
  } = transaction ?? ({} as Partial<Transaction>)
  // Used once: neither a reload nor the history finds it again.
  host.replaceUrl(returnTo)
  // A step-up that failed on an earlier load, whose session this trip gets back.
  const earlier = failure && revived(failure)
  const failed = (error: ClientError): CallbackResult => {
    emit({ type: 'error', error })
    return { outcome: 'failed', purpose: earlier ? 'step_up' : purpose, returnTo, error }
  }
  if (!transaction) {
    return failed(new ClientError('transaction_unknown', 'not of this tab'))
  }
  try {
    store.replace(purpose, await provider.redeem(answer, transaction))
  } catch (error) {
    // What the page was left for did not come about.
    await settings.parking?.forget(state).catch(() => {})
    if (!(error instanceof ClientError)) throw error
    if (purpose !== 'step_up') return failed(earlier ?? error)
    try {
      const { restoreAfter } = await import('./session-ends.ts')
      await restoreAfter(settings, provider, transaction, error)
      return { outcome: 'redirecting' }
    } catch {
      return failed(error)
    }
  }
  if (purpose === 'step_up') resume(state)
  return earlier ? failed(earlier) : { outcome: 'completed', purpose, returnTo, requirement }
}

function revived({ message, required, ...facts }: StepUpFailure): ClientError {
  return required
    ? new StepUpError(facts.code as StepUpErrorCode, message, required, facts)
    : new ClientError(facts.code, message, facts)
}
