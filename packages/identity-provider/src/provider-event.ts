import type { EpochSeconds, Method, Requirement } from '@newel/policy'
import type { Locale } from './interaction/pages/locale.ts'

/** What happened, for audit and for whoever watches. Never a secret, code or token. */
export type ProviderEvent = {
  readonly at: EpochSeconds
  /** The authorization request that it belongs to: the same through login, step-up and consent. */
  readonly request?: string
  readonly clientId?: string
  readonly accountId?: string
  /** Where it was done from, as far as that is known. */
  readonly address?: string
  /** A few words about the browser. */
  readonly device?: string
  /** In which the person was spoken to. */
  readonly language?: Locale
} & (
  | { readonly type: 'step_up_required'; readonly requirement: Requirement }
  | { readonly type: 'proof_asked'; readonly method: Method }
  | { readonly type: 'proof_accepted'; readonly method: Method }
  | { readonly type: 'proof_refused'; readonly method: Method; readonly reason: string }
  | { readonly type: 'method_locked'; readonly method: Method; readonly lockedUntil: EpochSeconds }
  | { readonly type: 'signed_in'; readonly method: Method }
  | {
      readonly type: 'authenticator_enrolled' | 'authenticator_removed' | 'authenticator_renamed'
      readonly method: Method
    }
  | {
      readonly type:
        | 'account_created'
        | 'password_changed'
        | 'password_reset'
        | 'session_ended'
        | 'elevation_dropped'
    }
  | {
      readonly type:
        | 'recovery_started'
        | 'recovery_ready'
        | 'recovery_stopped'
        | 'recovery_finished'
    }
  | {
      readonly type: 'cancelled'
      /** Of the step-up that was cancelled. Absent: it was a sign-in or a consent. */
      readonly requirement?: Requirement
    }
  | {
      readonly type: 'unmet'
      readonly requirement: Requirement
      /** Where it came to nothing. */
      readonly prompt: 'login' | 'step_up' | 'consent'
      readonly cause: UnmetCause
    }
  | {
      readonly type: 'authenticated'
      readonly requirement: Requirement
      readonly acr: string
      readonly amr: readonly string[]
      readonly authTime: EpochSeconds
      /** The step-up that this ends: when it was asked for, and the last method that was proved. Absent: nothing was asked. */
      readonly stepUp?: { readonly askedAt: EpochSeconds; readonly method?: Method }
    }
  /** By itself, with the document's leave; `clientId` is its new name. */
  | { readonly type: 'client_registered' | 'client_changed' | 'client_removed' }
  | { readonly type: 'tokens_issued'; readonly grantType: string }
  /** `error`: the code of RFC 6749 §5.2. */
  | { readonly type: 'tokens_refused'; readonly error: string }
)

/**
 * - `unreachable`: nothing that the person has, or may set up here, reaches it. - `exhausted`: too many wrong answers.
 * - `enrolled`: something was set up, which does not count for the request that it was set up in.
 * - `not_reached`: the step-up was gone through, and it is still missing.
 */
export type UnmetCause = 'unreachable' | 'exhausted' | 'enrolled' | 'not_reached'

export type ObserveProvider = (event: ProviderEvent) => void
