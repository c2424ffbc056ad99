import type { EpochSeconds, Requirement } from '@newel/policy'

/** What a login library holds of a person: the tokens of one answer of the provider. */
export interface LibraryTokens {
  readonly accessToken: string
  /** As it came: what a library makes of it may leave out `acr`, `amr` and `auth_time`. */
  readonly idToken: string
  /** The access token is good with a key alone. DPoP, RFC 9449. Absent: it is a bearer token. */
  readonly bound?: boolean
}

/** What the library is to ask the provider. */
export interface LibraryRequest {
  /** Levels, the preferred first, for `acr_values`. Absent: any. */
  readonly acrValues?: string
  /** For `max_age`, in seconds. Absent: any age. `0`: prove it now. */
  readonly maxAgeSeconds?: number
  /** Scopes that the API wants besides those of the login, separated by spaces. */
  readonly scope?: string
  /** Nobody waits any more. */
  readonly signal: AbortSignal
}

/** What a step-up by redirect must be held to when it comes back. It holds no secret. */
export interface StepUpTransaction {
  readonly requirement: Requirement
  readonly issuer: string
  readonly subject: string
  /** On this machine's clock. */
  readonly beganAt: EpochSeconds
  /** The tokens of before were bound to a key, and those to come must be. */
  readonly bound?: boolean
  /** Under what the calls are kept that the redirect interrupts. Absent: none are. */
  readonly parked?: string
}

/** Why a library's step-up gave no tokens, in its own words or the provider's. */
export type LibraryFailure =
  | { readonly kind: 'closed' }
  | { readonly kind: 'blocked' }
  /** An OAuth error of the provider. RFC 6749 §4.1.2.1. */
  | { readonly kind: 'refused'; readonly error: string }
  | { readonly kind: 'unknown' }

/** What is asked of a login library; each adapter is one of these over one library. */
export interface LoginLibrary {
  /** What the person has now. `undefined`: nobody is logged in. */
  tokens(): Promise<LibraryTokens | undefined>
  /** Ask beside the page. Absent: the library can only leave it. Nothing of what it gives is believed yet. */
  byPopup?: (request: LibraryRequest) => Promise<LibraryTokens>
  /** Leave the page. Comes to an end only with it. */
  byRedirect(request: LibraryRequest, transaction: StepUpTransaction): Promise<void>
  /** What was asked has come: the library keeps it from now on. Absent: it does already. */
  accept?: (tokens: LibraryTokens) => Promise<void>
  /** Something else came: have again what there was before, or nothing. */
  reject(before: LibraryTokens | undefined): Promise<void>
  /** The proof that the library's key is here, for one call. Absent: the library has no keys. RFC 9449 §4. */
  prove?: (call: {
    readonly url: string
    readonly method: string
    readonly accessToken: string
    readonly nonce?: string
  }) => Promise<string | undefined>
  /** What an error of the library says. */
  failureOf(error: unknown): LibraryFailure
}
