import { ClientError } from '../errors.ts'
import type { NodeSettings } from './node-options.ts'
import type { NodeProvider } from './node-provider.ts'
import { type NodeTokens, parseTokens, serializeTokens } from './stored-tokens.ts'

/**
 * How long before its end an access token is refreshed, in seconds: enough for a call on its way, little beside the
 * minute that a one-shot token lives.
 */
const refreshAheadSeconds = 5

/** The login of this program, in the store that its processes share. Every change happens under the store's lock. */
export class NodeSession {
  readonly #settings: NodeSettings
  readonly #provider: NodeProvider
  #refresh: Promise<NodeTokens | undefined> | undefined
  /** A proof for one call is for this process: in the store another would use it up. */
  #oneShot: NodeTokens | undefined

  constructor(settings: NodeSettings, provider: NodeProvider) {
    this.#settings = settings
    this.#provider = provider
  }

  /** @throws ClientError `store_unusable` */
  async tokens(): Promise<NodeTokens | undefined> {
    const tokens = await this.#stored()
    const oneShot = this.#oneShot
    const good = oneShot && this.#secondsLeft(oneShot) > refreshAheadSeconds
    return good && tokens?.session.subject === oneShot.session.subject ? oneShot : tokens
  }

  async #stored(): Promise<NodeTokens | undefined> {
    const tokens = await this.#kept()
    // Kept from before the client was to bind its tokens: whoever copied them is not let in by a step-up of ours.
    return this.#settings.binding && !tokens?.key ? undefined : tokens
  }

  async #kept(): Promise<NodeTokens | undefined> {
    const text = await this.#settings.tokens.read()
    return text === undefined ? undefined : parseTokens(this.#settings, text)
  }

  /**
   * Tokens good for a call now, refreshed where the access token is at its end. `undefined`: nobody is logged in.
   *
   * @throws ClientError `login_required` where the session is over, `provider_unavailable` where it may not be
   */
  async usable(): Promise<NodeTokens | undefined> {
    const tokens = await this.tokens()
    if (!tokens || this.#secondsLeft(tokens) > refreshAheadSeconds) return tokens
    if (tokens.refreshToken === undefined && this.#secondsLeft(tokens) > 0) return tokens
    this.#refresh ??= this.#refreshed().finally(() => {
      this.#refresh = undefined
    })
    return this.#refresh
  }

  /** One process at a time, for a refresh token may be good for one use only. */
  #refreshed(): Promise<NodeTokens | undefined> {
    return this.#settings.tokens.exclusively(async () => {
      // Another process may have done it while this one waited.
      const tokens = await this.#stored()
      if (!tokens || this.#secondsLeft(tokens) > refreshAheadSeconds) return tokens
      const { refreshToken } = tokens
      if (refreshToken === undefined) {
        await this.#settings.tokens.write(undefined)
        throw new ClientError('login_required', 'the session is over')
      }
      try {
        return await this.#refreshWith(tokens, refreshToken)
      } catch (error) {
        const retryable = error instanceof ClientError && error.retryable
        // The provider is away: what is held is good until it ends.
        if (retryable && this.#secondsLeft(tokens) > 0) return tokens
        throw error
      }
    })
  }

  /**
   * Other tokens than these, which an API takes for no good. `undefined`: there is no way to get any. A proof for one call
   * is not made good again by a refresh.
   *
   * @throws ClientError `login_required` where the session is over
   */
  async renewed(refused: NodeTokens): Promise<NodeTokens | undefined> {
    if (refused.session.oneShot === true) return undefined
    return this.#settings.tokens.exclusively(async () => {
      const tokens = await this.#stored()
      if (!tokens || tokens.session.subject !== refused.session.subject) return undefined
      // Another call, or another process, was faster.
      if (tokens.accessToken !== refused.accessToken) return tokens
      if (tokens.refreshToken === undefined) return undefined
      try {
        return await this.#refreshWith(tokens, tokens.refreshToken)
      } catch (error) {
        if (error instanceof ClientError && error.retryable) return undefined
        throw error
      }
    })
  }

  /** Under the lock. The session is over where the provider refuses. */
  async #refreshWith(tokens: NodeTokens, refreshToken: string): Promise<NodeTokens> {
    try {
      const next = await this.#provider.refresh(tokens, refreshToken)
      await this.#write(next)
      return next
    } catch (error) {
      if (!(error instanceof ClientError) || error.code !== 'provider_refused') throw error
      await this.#settings.tokens.write(undefined)
      throw new ClientError('login_required', 'the session is over', { cause: error })
    }
  }

  async begin(tokens: NodeTokens): Promise<void> {
    this.#oneShot = undefined
    await this.#settings.tokens.exclusively(() => this.#write(tokens))
  }

  /**
   * Put the tokens of a step-up in the place of the old. An answer without a refresh token keeps the old one: when the
   * level is over, the session goes on at the level below.
   *
   * @throws ClientError `login_required` where the session is no longer that of the same person
   */
  async raise(next: NodeTokens): Promise<NodeTokens> {
    return this.#settings.tokens.exclusively(async () => {
      const before = await this.#stored()
      if (before?.session.subject !== next.session.subject) {
        throw new ClientError('login_required', 'the session ended during the step-up')
      }
      const refreshToken = next.refreshToken ?? before.refreshToken
      if (next.session.oneShot === true) {
        this.#oneShot = next
        // What comes after it knows of the step-up.
        await this.#write(refreshToken === undefined ? before : { ...before, refreshToken })
        return next
      }
      // The newest proof is what calls go out with.
      this.#oneShot = undefined
      const after = refreshToken === undefined ? next : { ...next, refreshToken }
      await this.#write(after)
      return after
    })
  }

  /** Forget, whatever the store holds; and tell what there was. */
  async end(): Promise<NodeTokens | undefined> {
    return this.#settings.tokens.exclusively(async () => {
      this.#oneShot = undefined
      const tokens = await this.#kept().catch(() => undefined)
      await this.#settings.tokens.write(undefined)
      return tokens
    })
  }

  #write(tokens: NodeTokens): Promise<void> {
    return this.#settings.tokens.write(serializeTokens(this.#settings, tokens))
  }

  #secondsLeft(tokens: NodeTokens): number {
    return (tokens.expiresAt ?? Infinity) - this.#settings.host.now()
  }
}
