import type { Requirement } from '@newel/policy'
import type { ClientError } from '../errors.ts'
import type { Session } from '../session.ts'

/** Why the person is sent to the provider. `restore`: without any page, to get back the session of this tab. */
export type Purpose = 'login' | 'step_up' | 'restore'

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
  | {
      readonly type: 'joined'
      readonly requirement: Requirement
      /** Another tab is asking. Absent: this one. */
      readonly elsewhere?: true
    }
  /** The person is asked in the page, before a popup opens. */
  | { readonly type: 'prompt'; readonly requirement: Requirement }
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
  | {
      readonly type: 'redirect'
      readonly purpose: Purpose
      readonly requirement?: Requirement | undefined
      /** How many interrupted calls are kept and sent when the step-up is done. Absent: none can be. */
      readonly parkedCalls?: number | undefined
    }
  | {
      readonly type: 'callback'
      readonly purpose: Purpose
      /** The `error` parameter. Absent: the provider sent a code. */
      readonly error?: string | undefined
    }
  | {
      readonly type: 'tokens'
      /** `shared`: another tab got them. */
      readonly cause: Purpose | 'refresh' | 'shared'
      /** What the newest ID token stated until now. Absent: nobody was logged in. */
      readonly before?: Session | undefined
      readonly after: Session
    }
  | {
      readonly type: 'retry'
      readonly url: string
      readonly method: string
      readonly status: number
    }
  /** A call that a redirect interrupted has been sent again. */
  | {
      readonly type: 'resumed'
      readonly url: string
      readonly method: string
      /** Absent: it did not come to an answer. */
      readonly status?: number
    }
  /** The session of this tab is over; the app offers to log in. */
  | {
      readonly type: 'session_ended'
      /** `logout_elsewhere`: in another tab. */
      readonly reason: 'logout' | 'logout_elsewhere' | 'refresh_refused' | 'expired'
    }
  | { readonly type: 'error'; readonly error: ClientError }

export type ClientEventListener = (event: ClientEvent) => void
