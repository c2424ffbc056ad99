import { ClientError, codeOf } from '../errors.ts'
import type { Session } from '../session.ts'
import type { ClientEvent, Purpose } from './client-event.ts'
import type { ClientSettings } from './options.ts'
import type { Provider } from './provider.ts'
import type { TabSharing } from './tab-sharing.ts'
import type { Tokens } from './tokens.ts'

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
  readonly subscribe: (listener: (session: Session | undefined) => void) => () => void
  /**
   * Put new tokens in the place of the old. Where they have no refresh token of their own, the old one is kept, unless it
   * was another's: when the level is over, the session goes on at the level below.
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

export function createTokenStore(settings: ClientSettings, provider: Provider): TokenStore {
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
    const refreshToken =
      before?.session.subject === next.session.subject ? before.refreshToken : undefined
    const after = { refreshToken, ...next }
    put(after, { type: 'tokens', cause, before: before?.session, after: after.session })
    tabs?.tellTokens(after)
    return after
  }
  const end = (reason: SessionEnd) => {
    if (held) put(undefined, { type: 'session_ended', reason })
  }
  const secondsLeft = ({ expiresAt = Infinity }: Tokens) => expiresAt - host.now()

  const over = (reason: SessionEnd, cause?: unknown) => {
    end(reason)
    return new ClientError('login_required', 'nobody is logged in', { cause })
  }

  const refresh = async (tokens: Tokens, refreshToken: string) => {
    // Another tab may have refreshed meanwhile. A step-up has the better tokens; a logout wants none.
    const next = held === tokens && (await provider.refresh(tokens, refreshToken))
    if (!held) throw over('logout')
    return next && held === tokens ? replace('refresh', next) : held
  }
  const joined = (tokens: Tokens, refreshToken: string): Promise<Tokens> => {
    if (refreshing?.of === tokens) return refreshing.result
    const work = () => refresh(tokens, refreshToken)
    const result = (tabs ? tabs.alone(work) : work()).finally(() => {
      refreshing = undefined
    })
    refreshing = { of: tokens, result }
    return result
  }
  /** `otherwise`: what there is where the provider is away. */
  const renewed = async (
    tokens: Tokens,
    otherwise: (error: unknown) => Tokens | undefined = () => undefined,
  ): Promise<Tokens | undefined> => {
    const { refreshToken } = tokens
    if (held !== tokens) return held
    if (!refreshToken) return undefined
    try {
      return await joined(tokens, refreshToken)
    } catch (error) {
      // Another call or a step-up may have put better tokens in place meanwhile.
      if (held && held !== tokens) return held
      if (codeOf(error) === 'provider_unavailable') return otherwise(error)
      throw over('refresh_refused', error)
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
      if (!tokens || secondsLeft(tokens) > refreshAheadSeconds) return tokens
      // What is held is good until it ends.
      const isGood = () => secondsLeft(tokens) > 0
      if (!tokens.refreshToken && !isGood()) throw over('expired')
      const after = await renewed(tokens, (error) => {
        if (isGood()) return tokens
        throw error
      })
      return after ?? tokens
    },
    renewed: (tokens) => renewed(tokens),
  }
  const tabs = settings.tabs?.({ ...settings, order: () => provider.order }, store)
  return store
}
