import { ClientError } from '@newel/client/browser'
import { BankError } from './call-api.ts'

/** What a person is told, and whether the same action may go better when it is tried again. */
export interface Failure {
  readonly code: string
  readonly text: string
  readonly tryAgain: boolean
  readonly fields: Readonly<Record<string, string>>
}

const kept = 'Nothing was changed; you are still logged in, and everything is as you left it.'

const texts: Readonly<Record<string, string>> = {
  step_up_cancelled: `The extra proof was cancelled. ${kept}`,
  step_up_unmet: `This action needs a proof that was not given. If you have just set one up, try again: it counts from now on. ${kept}`,
  step_up_failed: `You gave the extra proof, and the bank still asks for more. ${kept}`,
  different_user: `Somebody else answered at the provider. ${kept}`,
  popup_blocked: `Your browser blocked the window that asks for the extra proof. Allow it, or choose “by redirect” below. ${kept}`,
  provider_unavailable: `The provider cannot be reached at the moment. ${kept}`,
  provider_refused: `The provider turned the request down. ${kept}`,
  response_invalid: `The provider’s answer could not be trusted. ${kept}`,
  transaction_unknown: 'This page was not waiting for that answer. Try the action again.',
  login_required: 'Your login is over. Log in again; what you typed is kept in this tab.',
  login_cancelled: 'You did not log in.',
}

export function failureOf(error: unknown): Failure {
  if (error instanceof BankError) {
    const fields = error.fields
    return {
      code: error.code,
      text: sentence(error.message),
      tryAgain: mayPass.has(error.status) || error.status >= 500,
      fields,
    }
  }
  if (error instanceof ClientError) {
    const text = texts[error.code] ?? sentence(error.message)
    return { code: error.code, text, tryAgain: error.code !== 'login_required', fields: {} }
  }
  const text = `The bank cannot be reached at the moment. ${kept}`
  return { code: 'bank_unavailable', text, tryAgain: true, fields: {} }
}

/** A token that ran out on the way, or too many calls at once. */
const mayPass = new Set([401, 429])

function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`
}
