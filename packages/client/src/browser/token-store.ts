import type { Session } from '../session.ts'
import { ClientError } from '../errors.ts'
import { orderFor } from '../judge-answer.ts'
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
export class TokenStore {
  readonly #settings: ClientSettings
  readonly #provider: Provider
  readonly #listeners = new Set<(session: Session | undefined) => void>()
  #tokens: Tokens | undefined
  #refresh: { readonly of: Tokens; readonly result: Promise<Tokens> } | undefined
  /** Absent: this tab is on its own. */
  readonly tabs: TabSharing | undefined

  constructor(settings: ClientSettings, provider: Provider) {
    this.#settings = settings
    this.#provider = provider
    this.tabs = settings.tabs?.(settings, {
      tokens: (shared) => this.#adopt(shared),
      loggedOut: (subject) => {
        if (this.#tokens?.session.subject === subject) this.end('logout_elsewhere')
      },
    })
  }

  get tokens(): Tokens | undefined {
    return this.#tokens
  }

  subscribe(listener: (session: Session | undefined) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Put new tokens in the place of the old. A step-up whose answer has no refresh token keeps the old one: when the
   * level is over, the session goes on at the level below.
   */
  replace(cause: Purpose | 'refresh', next: Tokens): Tokens {
    const after = this.#put(cause, next)
    // A proof for one use is for one tab.
    if (after.session.oneShot !== true) this.tabs?.tellTokens(after)
    return after
  }

  #put(cause: Purpose | 'refresh' | 'shared', next: Tokens): Tokens {
    const before = this.#tokens
    const refreshToken =
      next.refreshToken ??
      (cause === 'step_up' || cause === 'shared' ? before?.refreshToken : undefined)
    const after = refreshToken === undefined ? next : { ...next, refreshToken }
    this.#tokens = after
    this.#settings.emit({
      type: 'tokens',
      cause,
      ...(before ? { before: describeTokens(before) } : {}),
      after: describeTokens(after),
    })
    this.#notify()
    return after
  }

  /** Tokens of another tab: of the same person, for longer, and at no lower level than those in hand. */
  #adopt(shared: Tokens): void {
    const own = this.#tokens
    if (!own || own.session.subject !== shared.session.subject) return
    const { acr, authTime = 0 } = own.session
    const requirement = { acrValues: acr === undefined ? [] : [acr] }
    const order = orderFor(this.#provider.metadata?.order, requirement, shared.session)
    const reaches = acr === undefined || order.satisfies(shared.session.acr ?? '', acr)
    const fresh = (shared.session.authTime ?? 0) >= authTime
    const lasts = (shared.expiresAt ?? Infinity) >= (own.expiresAt ?? Infinity)
    if (reaches && fresh && lasts) this.#put('shared', shared)
  }

  end(reason: SessionEnd): void {
    if (!this.#tokens) return
    this.#tokens = undefined
    this.#settings.emit({ type: 'session_ended', reason })
    this.#notify()
  }

  /**
   * Tokens good for a call now, refreshed where the access token is at its end. `undefined`: nobody is logged in.
   *
   * @throws ClientError `login_required` where the session is over, `provider_unavailable` where it may not be
   */
  async usable(): Promise<Tokens | undefined> {
    const tokens = this.#tokens
    if (!tokens) return undefined
    const left = this.#secondsLeft(tokens)
    if (left > refreshAheadSeconds) return tokens
    if (tokens.refreshToken === undefined) {
      if (left > 0) return tokens
      this.end('expired')
      throw sessionOver()
    }
    try {
      return await this.#current(tokens, tokens.refreshToken)
    } catch (error) {
      const retryable = error instanceof ClientError && error.retryable
      // The provider is away: what is held is good until it ends.
      if (retryable && this.#secondsLeft(tokens) > 0) return tokens
      throw error
    }
  }

  /**
   * Other tokens than these, which an API refused. `undefined`: there is no way to get any.
   *
   * @throws ClientError `login_required` where the session is over
   */
  async renewed(tokens: Tokens): Promise<Tokens | undefined> {
    if (this.#tokens !== tokens) return this.#tokens
    if (tokens.refreshToken === undefined) return undefined
    try {
      return await this.#current(tokens, tokens.refreshToken)
    } catch (error) {
      if (error instanceof ClientError && error.retryable) return undefined
      throw error
    }
  }

  /** The tokens after a refresh, whoever brought it about. */
  async #current(tokens: Tokens, refreshToken: string): Promise<Tokens> {
    try {
      return await this.#refreshed(tokens, refreshToken)
    } catch (error) {
      // Another call or a step-up may have put better tokens in place meanwhile.
      if (this.#tokens && this.#tokens !== tokens) return this.#tokens
      if (error instanceof ClientError && error.retryable) throw error
      this.end('refresh_refused')
      throw sessionOver(error)
    }
  }

  #refreshed(tokens: Tokens, refreshToken: string): Promise<Tokens> {
    if (this.#refresh?.of === tokens) return this.#refresh.result
    const work = async () => {
      // Another tab may have refreshed while this one waited for its turn.
      if (this.#tokens !== tokens) return this.#tokens ?? endedMeanwhile()
      const next = await this.#provider.refresh(tokens, refreshToken)
      // A step-up that ended first has the better tokens; a logout wants none.
      if (this.#tokens !== tokens) return this.#tokens ?? endedMeanwhile()
      return this.replace('refresh', next)
    }
    const result = (this.tabs ? this.tabs.alone(work) : work()).finally(() => {
      this.#refresh = undefined
    })
    this.#refresh = { of: tokens, result }
    return result
  }

  #secondsLeft(tokens: Tokens): number {
    return (tokens.expiresAt ?? Infinity) - this.#settings.host.now()
  }

  #notify(): void {
    for (const listener of this.#listeners) listener(this.#tokens?.session)
  }
}

function sessionOver(cause?: unknown): ClientError {
  return new ClientError('login_required', 'the session is over', { cause })
}

function endedMeanwhile(): never {
  throw sessionOver()
}
