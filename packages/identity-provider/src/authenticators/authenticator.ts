import type { EpochSeconds, Method } from '@newel/policy'
import type { Locale } from '../interaction/pages/locale.ts'
import type { Json } from '../store/json.ts'
import type { Account } from '../store/account-store.ts'
import type { Credential } from '../store/credential.ts'

/**
 * A way to prove something: one folder, one registration. It reads no clock and logs nothing. Counting and locking is its
 * caller's part, by `AttemptStore`; so is storing what it gives to remember.
 */
export interface Authenticator {
  readonly id: AuthenticatorId
  /** Every method that a proof by it can count for. */
  readonly proves: readonly Method[]
  /** Methods that these credentials of one account could prove now. */
  available(credentials: readonly Credential[]): readonly Method[]
  /**
   * `once`: what `begin` gives to remember is good for one answer. `until-right`: it stays until an answer is right.
   * Absent: there is nothing to remember.
   */
  readonly question?: 'once' | 'until-right'
  /** What to show and what to remember when asking for `method`. */
  begin(ask: Ask): Promise<Asked>
  /**
   * Judges an answer. Of a question that has one, the caller removes `state` from the interaction before it calls, so that
   * no second answer can be given. Throws `SecretError` where a stored secret does not open: the operator's trouble, not the
   * person's, and never a proof.
   */
  verify(answer: Answer): Promise<Verification>
  readonly enrolment: Enrolment
}

export type AuthenticatorId = 'password' | 'totp' | 'webauthn' | 'recovery-code' | 'email-code'

export interface Ask {
  /** Absent: nobody has said yet who they are (a passkey can tell). */
  readonly account?: Account
  /** Of that account; empty without one. */
  readonly credentials: readonly Credential[]
  readonly method: Method
  readonly now: EpochSeconds
  /** Absent: nothing can be sent to the person. */
  readonly reader?: Reader
  /** What was to be remembered of a question that this one takes the place of. */
  readonly instead?: Json
}

/** Whoever is to read a letter, and what it is about. */
export interface Reader {
  readonly locale: Locale
  /** Where the request comes from, as `addressKey` names it. */
  readonly from: string
  /** The authorization request, or the session of the account pages. */
  readonly request: string
}

/** Why a letter did not go out: too many did, or the mail server does not take it. */
export type Undelivered = 'throttled' | 'undeliverable'

export interface Asked {
  /** To be kept with the interaction, used once, and given to `verify`. */
  readonly state?: Json
  /** For the page: WebAuthn request options. */
  readonly view?: Json
  /** Sends the person what they need for the answer: to be called once, after `state` was kept. Absent: nothing. */
  readonly deliver?: () => Promise<Undelivered | undefined>
}

export interface Answer {
  /** Absent: unknown user name, or nobody named. An unknown user costs the same time as a wrong password. */
  readonly account?: Account
  readonly credentials: readonly Credential[]
  /** What was asked for. */
  readonly method: Method
  /** What the person sent: the text of a field, or the parsed JSON of a WebAuthn response. Not trusted. */
  readonly response: Json
  readonly state?: Json
  readonly now: EpochSeconds
}

export type Verification =
  | {
      readonly ok: true
      readonly accountId: string
      /** `method` may be stronger than what was asked for: a security key that verified its user is a passkey. */
      readonly event: ProvedEvent
      readonly credentialId: string
    }
  | { readonly ok: false; readonly reason: VerificationReason }

/** An authentication event to which the caller adds `at` and `request`. */
export interface ProvedEvent {
  readonly method: Method
  readonly properties: Readonly<Record<string, string | number | boolean>>
}

/**
 * - `wrong`: well formed, and not it. - `malformed`: no answer of this kind at all. - `replayed`: right once, used already.
 * - `expired`: the question is too old, or was answered before. - `unknown_credential`: not one of this account's.
 * - `not_verified`: the credential is right, but did not verify its user, which a passkey must.
 * - `busy`: not judged for want of capacity; does not count as a failure.
 */
export type VerificationReason =
  | 'wrong'
  | 'malformed'
  | 'replayed'
  | 'expired'
  | 'unknown_credential'
  | 'not_verified'
  | 'busy'

/** Adding a credential to an account. */
export interface Enrolment {
  begin(ask: EnrolmentAsk): Promise<{ readonly state: Json; readonly view: Json }>
  /** Judges what the person sent. The caller stores the credential that comes out. */
  finish(answer: EnrolmentAnswer): Promise<EnrolmentResult>
}

export interface EnrolmentAsk {
  readonly account: Account
  /** What the account has already. */
  readonly credentials: readonly Credential[]
  readonly now: EpochSeconds
  /** Absent: a plain name of the kind. */
  readonly label?: string
  /** WebAuthn only. `passkey` requires user verification and a discoverable credential; absent: preferred. */
  readonly method?: Method
}

export interface EnrolmentAnswer {
  readonly account: Account
  readonly response: Json
  /** From `begin`, removed from where it was kept before this call. */
  readonly state: Json
  readonly now: EpochSeconds
  readonly label?: string
  /** Absent: nothing can be sent to the person. */
  readonly reader?: Reader
}

export type EnrolmentResult =
  | { readonly ok: true; readonly credential: Credential }
  | { readonly ok: false; readonly reason: EnrolmentReason }
  /** Right so far: a further step follows, to be kept, shown and answered as the one before. */
  | {
      readonly ok: false
      readonly reason: 'unfinished'
      readonly state: Json
      readonly view: Json
    }

/**
 * - `too_short`, `too_long`: a password outside 8 to 1024 bytes. - `too_simple`: the user name, or one character repeated.
 * - `wrong`: the first code or the attestation does not fit. - `malformed`, `expired`, `busy`: as for verification.
 * - `not_verified`: a passkey was asked for, and the authenticator did not verify its user.
 * - `invalid_address`: not one plain address. - `throttled`, `undeliverable`: no letter went out. - `too_soon`: one has just.
 */
export type EnrolmentReason =
  | 'too_short'
  | 'too_long'
  | 'too_simple'
  | 'wrong'
  | 'malformed'
  | 'expired'
  | 'not_verified'
  | 'busy'
  | 'invalid_address'
  | 'throttled'
  | 'undeliverable'
  | 'too_soon'

/** Every authenticator of this provider. */
export interface Authenticators {
  readonly all: readonly Authenticator[]
  /** The one that can prove `method`. */
  byMethod(method: Method): Authenticator | undefined
  byId(id: AuthenticatorId): Authenticator
}
