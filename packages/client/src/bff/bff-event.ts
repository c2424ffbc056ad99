import type { Requirement } from '@newel/policy'
import type { ClientError } from '../errors.ts'

/** What happens, for a log. No event holds a token, a code, an id or a body. */
export type BffEvent =
  | { readonly type: 'logged_in'; readonly subject: string; readonly acr?: string }
  | {
      readonly type: 'challenge'
      readonly subject: string
      /** Of the API or of the app's own route, without its query. */
      readonly url: string
      readonly method: string
      readonly requirement: Requirement
      /** `parked`: the call waits here. `told`: the page sends it again. `redirected`: the page is loaded again. */
      readonly answer: 'parked' | 'told' | 'redirected'
    }
  | {
      readonly type: 'stepped_up'
      readonly subject: string
      readonly requirement: Requirement
      readonly acr?: string
    }
  /** A parked call was sent, once. */
  | {
      readonly type: 'resumed'
      readonly subject: string
      readonly url: string
      readonly method: string
      readonly status: number
    }
  | { readonly type: 'refreshed'; readonly subject: string }
  | {
      readonly type: 'session_ended'
      readonly subject: string
      readonly reason: 'logout' | 'refresh_refused'
    }
  /** The provider told of a logout. */
  | { readonly type: 'back_channel_logout'; readonly subject?: string }
  /** A request of another site was turned away. */
  | { readonly type: 'cross_site_refused'; readonly path: string; readonly method: string }
  | { readonly type: 'error'; readonly error: ClientError }

export type BffEventListener = (event: BffEvent) => void
