import type { Requirement } from '@newel/policy'
import { ClientError, StepUpError, type StepUpErrorCode } from './errors.ts'

/** Errors that say a page would have been needed. OIDC Core §3.1.2.6. */
const needsPage = new Set([
  'login_required',
  'interaction_required',
  'consent_required',
  'account_selection_required',
])

const stepUpRefusals: Readonly<Record<string, StepUpErrorCode>> = {
  access_denied: 'step_up_cancelled',
  // The person let the time pass. RFC 8628 §3.5.
  expired_token: 'step_up_cancelled',
  unmet_authentication_requirements: 'step_up_unmet',
}

/** What the provider's refusal means for what was asked: `provider_refused` under a name that an app can act on. */
export function providerRefusal(
  error: ClientError,
  {
    requirement,
    purpose,
  }: { readonly requirement?: Requirement | undefined; readonly purpose: string },
): ClientError {
  const providerError = error.providerError ?? ''
  const facts = { cause: error, providerError }
  if (requirement && purpose === 'step_up') {
    const code = needsPage.has(providerError) ? 'step_up_unmet' : stepUpRefusals[providerError]
    return code ? new StepUpError(code, error.message, requirement, facts) : error
  }
  if (requirement && providerError === 'unmet_authentication_requirements') {
    return new StepUpError('step_up_unmet', error.message, requirement, facts)
  }
  if (needsPage.has(providerError)) return new ClientError('login_required', error.message, facts)
  if (providerError === 'access_denied' || providerError === 'expired_token') {
    return new ClientError('login_cancelled', error.message, facts)
  }
  return error
}
