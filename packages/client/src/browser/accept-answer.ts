import { ClientError } from '../errors.ts'
import { holdAnswer } from '../hold-answer.ts'
import { providerRefusal } from '../provider-refusal.ts'
import type { ClientSettings } from './options.ts'
import type { Provider } from './provider.ts'
import type { Tokens } from './tokens.ts'
import type { Transaction } from './transaction.ts'

/**
 * Redeem an answer and hold it to what was asked. Whatever is thrown, nothing has been replaced.
 *
 * @throws StepUpError where a requirement was asked, ClientError otherwise
 */
export async function acceptAnswer(
  { emit, clockToleranceSeconds }: ClientSettings,
  provider: Provider,
  answer: URLSearchParams,
  transaction: Transaction,
): Promise<Tokens> {
  const error = answer.get('error')
  emit({
    type: 'callback',
    purpose: transaction.purpose,
    ...(error === null ? {} : { error }),
  })
  const tokens = await redeemed(provider, answer, transaction)
  const { order } = await provider.discover()
  holdAnswer(transaction, tokens, { order, clockToleranceSeconds })
  return tokens
}

async function redeemed(
  provider: Provider,
  answer: URLSearchParams,
  transaction: Transaction,
): Promise<Tokens> {
  try {
    return await provider.redeem(answer, transaction)
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== 'provider_refused') throw error
    throw providerRefusal(error, transaction)
  }
}
