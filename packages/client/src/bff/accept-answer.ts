import { ClientError } from '../errors.ts'
import { holdAnswer } from '../hold-answer.ts'
import { providerRefusal } from '../provider-refusal.ts'
import { unordered } from '../published-order.ts'
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
  { clockToleranceSeconds }: BffSettings,
  provider: Provider,
  answer: URLSearchParams,
  transaction: Transaction,
): Promise<TokenSet> {
  const tokens = await redeemed(provider, answer, transaction)
  const { order = unordered } = await provider.discover()
  const { issuedAt, clockOffsetSeconds } = tokens
  const answered = { session: tokens, issuedAt, clockOffsetSeconds }
  holdAnswer(transaction, answered, { order, clockToleranceSeconds })
  return tokens
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
    throw providerRefusal(error, transaction)
  }
}
