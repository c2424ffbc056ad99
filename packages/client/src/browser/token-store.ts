import type { LevelOrder } from '@newel/policy'
import { defined } from '../defined.ts'
import { ClientError, codeOf } from '../errors.ts'
import type { Session } from '../session.ts'
import type { ClientEvent, Purpose } from './client-event.ts'
import type { ClientSettings } from './options.ts'
import type { Provider } from './provider.ts'
import type { TabSharing } from './tab-sharing.ts'
import { describeTokens, type Tokens } from './tokens.ts'

/**
 * How long before its end an access token is refreshed, in seconds: enough for a call on its way, little beside the
 * minute that a one-shot token lives.
 */
const refreshAheadSeconds = 5

type SessionEnd = Extract<ClientEvent, { type: 'session_ended' }>['reason']

/** The tokens of this tab: in memory, replaced as a whole, refreshed by one call at a time. */
export interface TokenStore {
  readonly tokens: Tokens | undefined
  /** Absent: this tab is on its own. */
  readonly tabs: TabSharing | undefined
  subscribe(listener: (session: Session | undefined) => void): () => void
  /**
   * Put new tokens in the place of the old. A step-up whose answer has no refresh token keeps the old one: when the
   * level is over, the session goes on at the level below.
   */
  replace(cause: Purpose | 'refresh' | 'shared', next: Tokens): Tokens
  end(reason: SessionEnd): void
  /**
   * Tokens good for a call now, refreshed where the access token is at its end. `undefined`: nobody is logged in.
   *
   * @throws ClientError `login_required` where the session is over, `provider_unavailable` where it may not be
   */
  usable(): Promise<Tokens | undefined>
  /**
   * Other tokens than these, which an API refused. `undefined`: there is no way to get any.
   *
   * @throws ClientError `login_required` where the session is over
   */
  renewed(tokens: Tokens): Promise<Tokens | undefined>
}

export function createTokenStore(
  settings: ClientSettings,
  provider: Provider,
  order: () => LevelOrder | undefined,
): TokenStore {
  const { emit, host } = settings
  const listeners = new Set<(session: Session | undefined) => void>()
  let held: Tokens | undefined
  let refreshing: { readonly of: Tokens; readonly result: Promise<Tokens> } | undefined

  const put = (next: Tokens | undefined, event: ClientEvent) => {
    held = next
    emit(event)
    for (const listener of listeners) listener(next?.session)
  }
  const replace: TokenStore['replace'] = (cause, next) => {
    const before = held
    const kept = cause === 'step_up' || cause === 'shared' ? before?.refreshToken : undefined
    const after = { ...defined({ refreshToken: kept }), ...next }
    put(after, {
      type: 'tokens',
      cause,
      ...(before && { before: describeTokens(before) }),
      after: describeTokens(after),
    })
    tabs?.tellTokens(after)
    return after
  }
  const end = (reason: SessionEnd) => {
    if (held) put(undefined, { type: 'session_ended', reason })
  }
  const secondsLeft = ({ expiresAt = Infinity }: Tokens) => expiresAt - host.now()

  const refreshed = (tokens: Tokens, refreshToken: string): Promise<Tokens> => {
    if (refreshing?.of === tokens) return refreshing.result
    // Another tab may have refreshed meanwhile. A step-up has the better tokens; a logout wants none.
    const overtaken = () => {
      if (!held) throw sessionOver()
      return held === tokens ? undefined : held
    }
    const work = async () => {
      const before = overtaken()
      if (before) return before
      const next = await provider.refresh(tokens, refreshToken)
      return overtaken() ?? replace('refresh', next)
    }
    const result = (tabs ? tabs.alone(work) : work()).finally(() => {
      refreshing = undefined
    })
    refreshing = { of: tokens, result }
    return result
  }
  /** The tokens after a refresh, whoever brought it about; `otherwise` where the provider is away. */
  const current = async (
    tokens: Tokens,
    refreshToken: string,
    otherwise: (error: unknown) => Tokens | undefined,
  ): Promise<Tokens | undefined> => {
    try {
      return await refreshed(tokens, refreshToken)
    } catch (error) {
      // Another call or a step-up may have put better tokens in place meanwhile.
      if (held && held !== tokens) return held
      if (codeOf(error) === 'provider_unavailable') return otherwise(error)
      end('refresh_refused')
      throw sessionOver(error)
    }
  }

  const store: TokenStore = {
    get tokens() {
      return held
    },
    get tabs() {
      return tabs
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    replace,
    end,
    async usable() {
      const tokens = held
      if (!tokens) return undefined
      const left = secondsLeft(tokens)
      if (left > refreshAheadSeconds) return tokens
      if (tokens.refreshToken !== undefined) {
        return current(tokens, tokens.refreshToken, (error) => {
          // What is held is good until it ends.
          if (secondsLeft(tokens) > 0) return tokens
          throw error
        })
      }
      if (left > 0) return tokens
      end('expired')
      throw sessionOver()
    },
    async renewed(tokens) {
      if (held !== tokens) return held
      if (tokens.refreshToken === undefined) return undefined
      return current(tokens, tokens.refreshToken, () => undefined)
    },
  }
  const tabs = settings.tabs?.({ ...settings, order }, store)
  return store
}

function sessionOver(cause?: unknown): ClientError {
  return new ClientError('login_required', 'the session is over', { cause })
}
