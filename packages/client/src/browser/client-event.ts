import type { Requirement } from '@newel/policy'
import type { ClientError } from '../errors.ts'
import type { TokenDescription } from '../session.ts'

/** Why the person is sent to the provider. `restore`: without any page, to get back the session of this tab. */
export type Purpose = 'login' | 'step_up' | 'restore'

/** What the access and the ID token state. Absent: opaque, or there is none. */
export interface TokensDescription {
  readonly access?: TokenDescription
  readonly id?: TokenDescription
}

/** The conversation as it happens, for a page or a log. No event holds a token, a code or another secret. */
export type ClientEvent =
  | {
      readonly type: 'challenge'
      readonly url: string
      readonly method: string
      /** The `WWW-Authenticate` value. */
      readonly header: string
      readonly requirement: Requirement
    }
  /** The API answered 401 and the browser withholds why: the API must expose `WWW-Authenticate` to this origin. */
  | { readonly type: 'challenge_hidden'; readonly url: string; readonly method: string }
  /** Somebody is asking already; this call waits for the answer. */
  | { readonly type: 'joined'; readonly requirement: Requirement }
  | { readonly type: 'popup_blocked'; readonly requirement: Requirement }
  | {
      readonly type: 'authorization_request'
      readonly purpose: Purpose
      /** The authorization endpoint. */
      readonly url: string
      /** What was asked, without `state`, `nonce` and `code_challenge`. */
      readonly parameters: Readonly<Record<string, string>>
    }
  /** The page is about to be left: the app saves what it must not lose. */
  | { readonly type: 'redirect'; readonly purpose: Purpose; readonly requirement?: Requirement }
  | {
      readonly type: 'callback'
      readonly purpose: Purpose
      /** The `error` parameter. Absent: the provider sent a code. */
      readonly error?: string
    }
  | {
      readonly type: 'tokens'
      readonly cause: Purpose | 'refresh'
      readonly before?: TokensDescription
      readonly after: TokensDescription
    }
  | {
      readonly type: 'retry'
      readonly url: string
      readonly method: string
      readonly status: number
    }
  /** The session of this tab is over; the app offers to log in. */
  | { readonly type: 'session_ended'; readonly reason: 'logout' | 'refresh_refused' | 'expired' }
  | { readonly type: 'error'; readonly error: ClientError }

export type ClientEventListener = (event: ClientEvent) => void
