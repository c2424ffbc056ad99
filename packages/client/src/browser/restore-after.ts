import { defined } from '../defined.ts'
import { type ClientError, StepUpError } from '../errors.ts'
import { prepareAuthorization } from './authorization-request.ts'
import type { ClientSettings } from './options.ts'
import type { Provider } from './provider.ts'
import type { Transaction } from './transaction.ts'
import { visitByRedirect } from './visit.ts'

/**
 * The redirect of a step-up cost the page its tokens, and the step-up gave none: leave to get the session back from the
 * provider, and tell of the error afterwards. At the top level this works whatever the browser thinks of cookies in frames.
 */
export async function restoreAfter(
  settings: ClientSettings,
  provider: Provider,
  { subject, returnTo }: Transaction,
  error: ClientError,
): Promise<void> {
  const { code, message, providerError } = error
  const request = await prepareAuthorization(settings, provider, {
    purpose: 'restore',
    delivery: 'redirect',
    prompt: 'none',
    subject,
    beganAt: settings.host.now(),
    returnTo,
    failure: {
      code,
      message,
      ...(error instanceof StepUpError && {
        required: error.required,
        ...defined({ achieved: error.achieved }),
      }),
      ...defined({ providerError }),
    },
  })
  // Comes to an end only with the page.
  void visitByRedirect(settings, request)
}
