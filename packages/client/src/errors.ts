import type { Authentication, Requirement } from '@newel/policy'

/** What went wrong at the provider, on the way to it, or in what it answered. */
export type ClientErrorCode =
  /** There is no session, or the provider has none: offer to log in. */
  | 'login_required'
  /** The person turned the login down. */
  | 'login_cancelled'
  /** The provider could not be reached or is not able to answer now. Nothing was lost; try again. */
  | 'provider_unavailable'
  /** The provider answered with an OAuth error that trying again does not mend; `providerError` names it. */
  | 'provider_refused'
  /** The store of tokens or parked calls cannot be trusted or used: others may read it, it is damaged, or held by others. */
  | 'store_unusable'
  /** A parked call that is not there: sent already, turned down, or its time is over. */
  | 'call_unknown'
  /** The provider's answer is not what was asked for: wrong `iss`, `nonce`, `aud`, shape or time. */
  | 'response_invalid'
  /** A callback that this tab did not ask for, asked for too long ago, or has used already. */
  | 'transaction_unknown'
  /** The browser keeps nothing for this page, such as the key that tokens are bound to. */
  | 'storage_unavailable'
  /** The client was set up or called in a way that cannot work. */
  | 'configuration'

/** Why a step-up, or the call behind it, did not come to a good end. */
export type StepUpErrorCode = (typeof stepUpErrorCodes)[number]

const stepUpErrorCodes = [
  /** The person turned it down, closed the popup, let it time out, or came back from the redirect. */
  'step_up_cancelled',
  /** The provider could not reach what was asked, or what came back does not reach it. */
  'step_up_unmet',
  /** Stepped up as asked, and the API still wants more: asking again would loop. */
  'step_up_failed',
  /** Somebody else answered. */
  'different_user',
  /** The browser opened no popup, and the mode forbids the redirect. Ask again from a click. */
  'popup_blocked',
  /** The call was challenged and its body was a stream, which is gone. Step up, then send it again. */
  'body_not_replayable',
  /** The page would have been left, and the call cannot be kept meanwhile: too large a body, or nothing to keep it in. */
  'call_not_kept',
] as const

export function isStepUpErrorCode(code: string): code is StepUpErrorCode {
  return (stepUpErrorCodes as readonly string[]).includes(code)
}

interface ClientErrorFacts {
  /** The `error` parameter of the provider. RFC 6749 §4.1.2.1, §5.2. */
  readonly providerError?: string | undefined
  readonly cause?: unknown
}

/** Any failure of this package. Unless its code is `login_required`, the session and its tokens are as they were. */
export class ClientError extends Error {
  override readonly name: string = 'ClientError'
  declare readonly code: ClientErrorCode | StepUpErrorCode
  declare readonly providerError?: string

  constructor(
    code: ClientErrorCode | StepUpErrorCode,
    message: string,
    facts: ClientErrorFacts = {},
  ) {
    super(message, facts)
    Object.assign(this, facts, { code })
  }

  /** The same call may succeed a little later, with nothing changed. */
  get retryable(): boolean {
    return this.code === 'provider_unavailable'
  }
}

/** A step-up that did not come to a good end: what was asked, and what there is instead. */
export class StepUpError extends ClientError {
  override readonly name = 'StepUpError'
  declare readonly code: StepUpErrorCode
  /** What was asked. */
  declare readonly required: Requirement
  /** What the answer stated, with `step_up_unmet` and `step_up_failed`. Absent: there was no answer. */
  declare readonly achieved?: Authentication

  constructor(
    code: StepUpErrorCode,
    message: string,
    required: Requirement,
    facts: ClientErrorFacts & { readonly achieved?: Authentication | undefined } = {},
  ) {
    super(code, message, { ...facts, required } as ClientErrorFacts)
  }
}

/** An answer of the provider that is not what was asked for; `what` names the part at fault. */
export function unusable(what: string): ClientError {
  return new ClientError('response_invalid', `unusable ${what}`)
}

/** The code of an error of this package. `undefined`: it is another's. */
export function codeOf(error: unknown): ClientError['code'] | undefined {
  return error instanceof ClientError ? error.code : undefined
}
