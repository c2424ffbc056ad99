import { defined } from '../defined.ts'
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
  const error = answer.get('error') ?? undefined
  emit({ type: 'callback', purpose: transaction.purpose, ...defined({ error }) })
  const tokens = await provider.redeem(answer, transaction).catch((failure: unknown) => {
    throw failure instanceof ClientError && failure.code === 'provider_refused'
      ? providerRefusal(failure, transaction)
      : failure
  })
  const { order } = await provider.discover()
  holdAnswer(transaction, tokens, { order, clockToleranceSeconds })
  return tokens
}
