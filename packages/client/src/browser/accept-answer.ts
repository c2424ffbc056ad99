import { defined } from '../defined.ts'
import { ClientError } from '../errors.ts'
import { providerRefusal } from '../provider-refusal.ts'
import type { ClientSettings } from './options.ts'
import type { Provider } from './provider.ts'
import type { Tokens } from './tokens.ts'
import type { Transaction } from './transaction.ts'

/**
 * Redeem an answer and hold it to what was asked, if anything was. Whatever is thrown, nothing has been replaced.
 *
 * @throws StepUpError where a requirement was asked, ClientError otherwise
 */
export async function acceptAnswer(
  { emit }: ClientSettings,
  provider: Provider,
  answer: URLSearchParams,
  transaction: Transaction,
  hold: (transaction: Transaction, tokens: Tokens) => void | Promise<void>,
): Promise<Tokens> {
  const { purpose, requirement, subject } = transaction
  const error = answer.get('error') ?? undefined
  emit({ type: 'callback', purpose, ...defined({ error }) })
  try {
    const tokens = await provider.redeem(answer, transaction)
    if (requirement || subject !== undefined) await hold(transaction, tokens)
    return tokens
  } catch (failure) {
    throw failure instanceof ClientError && failure.code === 'provider_refused'
      ? providerRefusal(failure, transaction)
      : failure
  }
}
