import type { Requirement } from '@newel/policy'
import type { ClientErrorCode, StepUpErrorCode } from '../errors.ts'
import type { ClientContext } from './client-context.ts'
import type { Tokens } from './tokens.ts'

/** What a step-up asks, as other tabs learn of it. */
export interface AskedElsewhere {
  readonly requirement: Requirement
  /** Scopes besides those of the client, separated by spaces. */
  readonly scope: string
}

/** How a step-up of another tab ended. `lost`: the tab is gone, or said nothing. */
export type EndElsewhere = 'reached' | 'lost' | ClientErrorCode | StepUpErrorCode

/** What this tab hears of the others. */
export interface TabListeners {
  /** Tokens that another tab got; they hold no refresh token. */
  tokens(tokens: Tokens): void
  loggedOut(subject: string): void
}

/** The tabs of one app, working as one; made by `sharedTabs()`. */
export interface TabSharing {
  tellTokens(tokens: Tokens): void
  tellLogout(subject: string): void
  /** Do this work while no other tab does the like. */
  alone<Result>(work: () => Promise<Result>): Promise<Result>
  /** Let other tabs know of a step-up until it ends. */
  announce(asked: AskedElsewhere, result: Promise<unknown>): void
  /** The end of a step-up that another tab is at and that this one may wait for. `undefined`: there is none. */
  elsewhere(serves: (asked: AskedElsewhere) => boolean): Promise<EndElsewhere> | undefined
}

export type TabSharingFactory = (context: ClientContext, listeners: TabListeners) => TabSharing
