import type { Session } from '../session.ts'
import { ClientError } from '../errors.ts'
import type { Purpose } from './client-event.ts'
import type { ClientSettings } from './options.ts'
import type { Provider } from './provider.ts'
import { describeTokens, type Tokens } from './tokens.ts'

/**
 * How long before its end an access token is refreshed, in seconds: enough for a call on its way, little beside the
 * minute that a one-shot token lives.
 */
const refreshAheadSeconds = 5

/** The tokens of this tab: in memory, replaced as a whole, refreshed by one call at a time. */
export class TokenStore {
  readonly #settings: ClientSettings
  readonly #provider: Provider
  readonly #listeners = new Set<(session: Session | undefined) => void>()
  #tokens: Tokens | undefined
  #refresh: { readonly of: Tokens; readonly result: Promise<Tokens> } | undefined

  constructor(settings: ClientSettings, provider: Provider) {
    this.#settings = settings
    this.#provider = provider
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
    const before = this.#tokens
    const refreshToken =
      next.refreshToken ?? (cause === 'step_up' ? before?.refreshToken : undefined)
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

  end(reason: 'logout' | 'refresh_refused' | 'expired'): void {
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
      return await this.#refreshed(tokens, tokens.refreshToken)
    } catch (error) {
      // Another call or a step-up may have put better tokens in place meanwhile.
      if (this.#tokens && this.#tokens !== tokens) return this.#tokens
      const retryable = error instanceof ClientError && error.retryable
      // The provider is away: what is held is good until it ends.
      if (retryable && this.#secondsLeft(tokens) > 0) return tokens
      if (retryable) throw error
      this.end('refresh_refused')
      throw sessionOver(error)
    }
  }

  #refreshed(tokens: Tokens, refreshToken: string): Promise<Tokens> {
    if (this.#refresh?.of === tokens) return this.#refresh.result
    const run = async () => {
      try {
        const next = await this.#provider.refresh(tokens, refreshToken)
        // A step-up that ended first has the better tokens; a logout wants none.
        if (this.#tokens !== tokens) return this.#tokens ?? endedMeanwhile()
        return this.replace('refresh', next)
      } finally {
        this.#refresh = undefined
      }
    }
    const result = run()
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
