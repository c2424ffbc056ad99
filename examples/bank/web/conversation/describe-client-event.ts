import {
  type ClientEvent,
  StepUpError,
  type Session,
  type TokenDescription,
} from '@newel/client/browser'
import { agoText, durationText, requirementText } from '../words.ts'
import type { ConversationItem, Fact } from './conversation-item.ts'

/** The parameters worth seeing, in the order in which they are read. */
const shownParameters = ['acr_values', 'max_age', 'prompt', 'scope', 'resource', 'login_hint']

/** What the app said or heard, for the panel. `at`: milliseconds since 1970. */
export function describeClientEvent(event: ClientEvent, at: number): readonly ConversationItem[] {
  switch (event.type) {
    case 'challenge':
      return [
        {
          kind: 'challenge',
          from: 'API',
          to: 'App',
          title: `401 to ${event.method} ${pathOf(event.url)}: not enough`,
          facts: [{ name: 'needs', value: requirementText(event.requirement) }],
          wire: `WWW-Authenticate: ${event.header}`,
          at,
        },
      ]
    case 'challenge_hidden':
      return [note('error', 'The API answered 401, and the browser withholds why', at)]
    case 'joined':
      return [note('note', 'Another call waits for the same answer', at)]
    case 'popup_blocked':
      return [note('note', 'The browser opened no popup', at)]
    case 'authorization_request':
      // Asking without a page whether there is a session is no news.
      if (event.purpose === 'restore') return []
      return [
        {
          kind: 'authorization-request',
          from: 'App',
          to: 'Provider',
          title: event.purpose === 'login' ? 'Please log this person in' : 'Please step up',
          facts: shownParameters.flatMap((name) => {
            const value = event.parameters[name]
            return value === undefined ? [] : [{ name, value }]
          }),
          at,
        },
      ]
    case 'callback':
      if (event.purpose === 'restore') return []
      return [
        {
          kind: 'callback',
          from: 'Provider',
          to: 'App',
          title: event.error === undefined ? 'Back, with a code for tokens' : 'Back, with an error',
          facts: event.error === undefined ? [] : [{ name: 'error', value: event.error }],
          at,
        },
      ]
    case 'tokens':
      return [
        {
          kind: 'tokens',
          from: 'Provider',
          to: 'App',
          title: tokensTitles[event.cause],
          facts: tokenFacts(event.before, event.after, at / 1000),
          at,
        },
      ]
    case 'retry':
      return [
        {
          kind: 'retry',
          from: 'API',
          to: 'App',
          title: `${event.status} to ${event.method} ${pathOf(event.url)}, sent again`,
          facts: [],
          at,
        },
      ]
    case 'redirect':
      return event.parkedCalls === undefined
        ? []
        : [note('note', 'The call is kept here, encrypted, until the page is back', at)]
    case 'session_ended':
      return [note('note', endings[event.reason], at)]
    case 'error':
      return [
        {
          kind: 'error',
          from: 'App',
          title: capitalised(event.error.message),
          facts: [
            { name: 'code', value: event.error.code },
            ...(event.error instanceof StepUpError
              ? [{ name: 'needed', value: requirementText(event.error.required) }]
              : []),
          ],
          at,
        },
      ]
    default:
      return []
  }
}

const tokensTitles = {
  login: 'Tokens',
  step_up: 'New tokens',
  restore: 'The login of this tab is back',
  refresh: 'Tokens refreshed; the proof is as old as before',
  shared: 'Tokens of another tab',
} as const

const endings = {
  logout: 'Logged out',
  logout_elsewhere: 'Logged out in another tab',
  refresh_refused: 'The provider has ended the session',
  expired: 'The tokens have expired',
} as const

function note(kind: 'note' | 'error', title: string, at: number): ConversationItem {
  return { kind, from: 'App', title, facts: [], at }
}

function tokenFacts(before: Session | undefined, after: Session, now: number): readonly Fact[] {
  const was = before && claimTexts(before, now)
  return Object.entries(claimTexts(after, now)).map(([name, value]) => ({
    name,
    value,
    ...(was?.[name] === undefined ? {} : { before: was[name] }),
  }))
}

/** What a token states, as a person reads it. */
export function claimTexts(token: TokenDescription, now: number): Record<string, string> {
  return {
    acr: token.acr ?? 'none',
    amr: token.amr?.join(' ') ?? 'none',
    auth_time: token.authTime === undefined ? 'none' : agoText(token.authTime, now),
    ...(token.expiresAt === undefined ? {} : { 'good for': durationText(token.expiresAt - now) }),
  }
}

function capitalised(message: string): string {
  return message.charAt(0).toUpperCase() + message.slice(1)
}

function pathOf(url: string): string {
  return new URL(url).pathname
}
