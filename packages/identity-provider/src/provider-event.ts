import type { EpochSeconds, Method, Requirement } from '@newel/policy'

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
  | { readonly type: 'password_changed' | 'session_ended' | 'elevation_dropped' }
  | { readonly type: 'cancelled' }
  | { readonly type: 'unmet'; readonly requirement: Requirement }
  | {
      readonly type: 'authenticated'
      readonly requirement: Requirement
      readonly acr: string
      readonly amr: readonly string[]
      readonly authTime: EpochSeconds
    }
)

export type ObserveProvider = (event: ProviderEvent) => void
