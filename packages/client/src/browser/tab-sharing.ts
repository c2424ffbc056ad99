import type { JudgingOrder, Requirement } from '@newel/policy'
import type { ClientError } from '../errors.ts'
import type { ClientContext } from './client-context.ts'
import type { ClientEventListener } from './client-event.ts'
import type { Tokens } from './tokens.ts'

/** What a step-up asks, as other tabs learn of it. */
export interface AskedElsewhere {
  readonly requirement: Requirement
  /** Scopes besides those of the client, separated by spaces. Absent: none. */
  readonly scope?: string | undefined
}

/** The session of this tab, as the others act on it. */
export interface SharedSession {
  readonly tokens: Tokens | undefined
  /** Take over tokens of another tab; they hold no refresh token. */
  replace(cause: 'shared', tokens: Tokens): unknown
  /** The person logged out in another tab. */
  end(reason: 'logout_elsewhere'): void
}

/** What this part learns of the client. */
export interface TabContext extends ClientContext {
  readonly emit: ClientEventListener
  /** The order of the provider's levels, as far as it is known. */
  readonly order: () => JudgingOrder
}

/** The tabs of one app, working as one; made by `sharedTabs()`. */
export interface TabSharing {
  tellTokens(tokens: Tokens): void
  tellLogout(subject: string): void
  /** Do this work while no other tab does the like. */
  alone<Result>(work: () => Promise<Result>): Promise<Result>
  /** Let other tabs know of a step-up until it ends. */
  announce(asked: AskedElsewhere, result: Promise<unknown>): void
  /**
   * The end of a step-up that another tab is at and that serves this one, to be waited for: how it failed, or `undefined`
   * where it did not or that tab is gone. Nothing at once: there is none.
   */
  elsewhere(
    requirement: Requirement,
    serves: (asked: AskedElsewhere) => boolean,
  ): Promise<ClientError | undefined> | undefined
}

export type TabSharingFactory = (context: TabContext, session: SharedSession) => TabSharing
