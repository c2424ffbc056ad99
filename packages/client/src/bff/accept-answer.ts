import { ClientError, StepUpError, type StepUpErrorCode } from '../errors.ts'
import { judgeAnswer, orderFor } from '../judge-answer.ts'
import type { BffSettings } from './options.ts'
import type { Provider } from './provider.ts'
import type { TokenSet } from './session-record.ts'
import type { Transaction } from './transaction.ts'

/**
 * Redeem an answer and hold it to what was asked. Whatever is thrown, nothing has been replaced.
 *
 * @throws StepUpError where a requirement was asked, ClientError otherwise
 */
export async function acceptAnswer(
  settings: BffSettings,
  provider: Provider,
  answer: URLSearchParams,
  transaction: Transaction,
): Promise<TokenSet> {
  const { requirement, subject, beganAt } = transaction
  const tokens = await redeemed(provider, answer, transaction)
  if (subject !== undefined && tokens.subject !== subject) {
    throw new StepUpError(
      'different_user',
      'another person answered; the session stays with the first',
      requirement ?? { acrValues: [] },
    )
  }
  if (!requirement) return tokens
  // The provider's clock against itself: a clock that is wrong on this machine changes nothing.
  const { order } = await provider.discover()
  const decision = judgeAnswer(orderFor(order, requirement, tokens), requirement, tokens, {
    askedAt: beganAt + tokens.clockOffsetSeconds,
    now: tokens.issuedAt,
    clockToleranceSeconds: settings.clockToleranceSeconds,
  })
  if (decision.satisfied) return tokens
  const { acr, amr, authTime } = tokens
  throw new StepUpError(
    'step_up_unmet',
    "the provider's answer does not reach what was asked",
    requirement,
    {
      achieved: {
        ...(acr === undefined ? {} : { acr }),
        ...(amr === undefined ? {} : { amr }),
        ...(authTime === undefined ? {} : { authTime }),
      },
    },
  )
}

async function redeemed(
  provider: Provider,
  answer: URLSearchParams,
  transaction: Transaction,
): Promise<TokenSet> {
  try {
    return await provider.redeem(answer, transaction)
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== 'provider_refused') throw error
    throw refusal(error, transaction)
  }
}

/** Errors that say a page would have been needed. OIDC Core §3.1.2.6. */
const needsPage = new Set([
  'login_required',
  'interaction_required',
  'consent_required',
  'account_selection_required',
])

const stepUpRefusals: Readonly<Record<string, StepUpErrorCode>> = {
  access_denied: 'step_up_cancelled',
  unmet_authentication_requirements: 'step_up_unmet',
}

function refusal(error: ClientError, { requirement, purpose }: Transaction): ClientError {
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
  if (providerError === 'access_denied') {
    return new ClientError('login_cancelled', error.message, facts)
  }
  return error
}
