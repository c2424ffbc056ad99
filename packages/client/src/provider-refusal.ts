import type { Requirement } from '@newel/policy'
import { ClientError, StepUpError } from './errors.ts'

/** What the provider's refusal means for what was asked: `provider_refused` under a name that an app can act on. */
export function providerRefusal(
  error: unknown,
  {
    requirement,
    purpose,
  }: { readonly requirement?: Requirement | undefined; readonly purpose: string },
): unknown {
  if (!(error instanceof ClientError) || error.code !== 'provider_refused') return error
  const { providerError = '', message } = error
  const facts = { cause: error, providerError }
  const unmet = providerError === 'unmet_authentication_requirements'
  // The person turned it down, or let the time pass (RFC 8628 §3.5).
  const cancelled = /^(access_denied|expired_token)$/.test(providerError)
  // A page would have been needed: `login_required` and its like. OIDC Core §3.1.2.6.
  const needsPage = providerError.endsWith('_required')
  const steppingUp = purpose === 'step_up'
  if (requirement && (unmet || (steppingUp && (cancelled || needsPage)))) {
    const code = cancelled ? 'step_up_cancelled' : 'step_up_unmet'
    return new StepUpError(code, message, requirement, facts)
  }
  if (requirement && steppingUp) return error
  if (needsPage) return new ClientError('login_required', message, facts)
  return cancelled ? new ClientError('login_cancelled', message, facts) : error
}
