import type { Requirement } from '@newel/policy'
import { ClientError, StepUpError } from './errors.ts'

/** What the provider's refusal means for what was asked: `provider_refused` under a name that an app can act on. */
export function providerRefusal(
  error: ClientError,
  {
    requirement,
    purpose,
  }: { readonly requirement?: Requirement | undefined; readonly purpose: string },
): ClientError {
  const { providerError, message } = error
  const facts = { cause: error, ...(providerError !== undefined && { providerError }) }
  const unmet = providerError === 'unmet_authentication_requirements'
  // The person turned it down, or let the time pass (RFC 8628 §3.5).
  const cancelled = providerError === 'access_denied' || providerError === 'expired_token'
  // A page would have been needed. OIDC Core §3.1.2.6.
  const needsPage = /^(login|interaction|consent|account_selection)_required$/.test(
    providerError ?? '',
  )
  if (requirement) {
    const steppingUp = purpose === 'step_up'
    if (unmet || (steppingUp && needsPage)) {
      return new StepUpError('step_up_unmet', message, requirement, facts)
    }
    if (steppingUp && cancelled) {
      return new StepUpError('step_up_cancelled', message, requirement, facts)
    }
    if (steppingUp) return error
  }
  if (needsPage) return new ClientError('login_required', message, facts)
  return cancelled ? new ClientError('login_cancelled', message, facts) : error
}
