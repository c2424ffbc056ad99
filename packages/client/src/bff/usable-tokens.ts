import { ClientError } from '../errors.ts'
import { toBase64url } from './base64url.ts'
import type { Exchange } from './exchange.ts'
import type { BffSettings } from './options.ts'
import type { Provider } from './provider.ts'
import type { TokenSet } from './session-record.ts'
import type { HeldSession, Sessions } from './sessions.ts'

/** What became of a refresh token, for whoever comes with it afterwards. */
type Refreshed = { readonly tokens: TokenSet } | { readonly refused: true }

/** A token with less than this left may end on its way, in seconds. */
const leewaySeconds = 10
/** How long what a refresh gave is found by the old refresh token, in seconds: for requests that carry an older cookie. */
const rememberSeconds = 300
/** How long one process may refresh before another tries, in seconds. */
const lockSeconds = 15
const pollMilliseconds = 100
/** A cookie may be several refreshes old. */
const mostRefreshes = 8

/** Gets a session a token that may be used, refreshing it once however many requests need it. */
export class UsableTokens {
  readonly #settings: BffSettings
  readonly #provider: Provider
  readonly #sessions: Sessions
  readonly #running = new Map<string, Promise<Refreshed>>()

  constructor(settings: BffSettings, provider: Provider, sessions: Sessions) {
    this.#settings = settings
    this.#provider = provider
    this.#sessions = sessions
  }

  /**
   * The session with a token that holds a little longer.
   *
   * @param spent An access token that the API refuses, whatever its expiry says.
   * @throws ClientError `login_required` where the session is over, `provider_unavailable` where it cannot be refreshed now
   */
  async get(exchange: Exchange, held: HeldSession, spent?: string): Promise<HeldSession> {
    let { tokens } = held.record
    for (let count = 0; count < mostRefreshes && this.#isSpent(tokens, spent); count += 1) {
      const { refreshToken } = tokens
      if (refreshToken === undefined) {
        if (tokens.accessToken !== spent && !this.#isOver(tokens)) break
        throw new ClientError('login_required', 'the token has expired, and none refreshes it')
      }
      const refreshed = await this.#refreshed(tokens, refreshToken).catch((error: unknown) => {
        // What is still good goes on while the provider is away.
        if (tokens.accessToken !== spent && !this.#isOver(tokens)) return undefined
        throw error
      })
      if (!refreshed) break
      if ('refused' in refreshed) return this.#refused(exchange, held)
      ;({ tokens } = refreshed)
    }
    return tokens === held.record.tokens ? held : this.#replaced(exchange, held, tokens)
  }

  #isSpent({ accessToken, accessExpiresAt }: TokenSet, spent: string | undefined): boolean {
    if (accessToken === spent) return true
    return (
      accessExpiresAt !== undefined && accessExpiresAt - this.#settings.host.now() < leewaySeconds
    )
  }

  #isOver({ accessExpiresAt }: TokenSet): boolean {
    return accessExpiresAt !== undefined && accessExpiresAt <= this.#settings.host.now()
  }

  async #refused(exchange: Exchange, held: HeldSession): Promise<never> {
    await this.#sessions.end(exchange, held)
    const { subject } = held.record.tokens
    this.#settings.emit({ type: 'session_ended', subject, reason: 'refresh_refused' })
    throw new ClientError('login_required', 'the provider no longer refreshes this session')
  }

  async #replaced(exchange: Exchange, held: HeldSession, tokens: TokenSet): Promise<HeldSession> {
    const current = await this.#sessions.current(held)
    // Another request may have got further than this one.
    if (current && current.tokens.accessToken !== held.record.tokens.accessToken) {
      return { ...held, record: current }
    }
    const record = { ...held.record, tokens }
    if (await this.#sessions.update(exchange, held, record)) return { ...held, record }
    throw new ClientError('login_required', 'the session ended during the request')
  }

  /** In this process, by whoever asks first. */
  #refreshed(tokens: TokenSet, refreshToken: string): Promise<Refreshed> {
    const running =
      this.#running.get(refreshToken) ??
      this.#acrossProcesses(tokens, refreshToken).finally(() => {
        this.#running.delete(refreshToken)
      })
    this.#running.set(refreshToken, running)
    return running
  }

  /** By one of the processes; the others wait for what it gets. */
  async #acrossProcesses(tokens: TokenSet, refreshToken: string): Promise<Refreshed> {
    const { vault, host } = this.#settings
    const mark = toBase64url(host.randomBytes(16))
    const tries = (lockSeconds * 1000) / pollMilliseconds + 1
    for (let count = 0; count < tries; count += 1) {
      const known = await this.#known(tokens, refreshToken)
      if (known) return known
      if (await vault.add('refreshing', refreshToken, mark, lockSeconds)) {
        return this.#asTheOne(tokens, refreshToken, mark)
      }
      await host.wait(pollMilliseconds)
    }
    throw new ClientError('provider_unavailable', 'another process is refreshing and does not end')
  }

  /** What this refresh token gave, beyond what is in hand: a provider that does not rotate it is asked with it again. */
  async #known(tokens: TokenSet, refreshToken: string): Promise<Refreshed | undefined> {
    const known = await this.#settings.vault.get('refreshed', refreshToken)
    if (!isRefreshed(known)) return undefined
    return 'tokens' in known && known.tokens.accessToken === tokens.accessToken ? undefined : known
  }

  async #asTheOne(tokens: TokenSet, refreshToken: string, mark: string): Promise<Refreshed> {
    const { vault, emit } = this.#settings
    try {
      // Between the look and the lock, another may have come to its end.
      const known = await this.#known(tokens, refreshToken)
      if (known) return known
      const refreshed = await this.#refresh(tokens, refreshToken)
      await vault.put('refreshed', refreshToken, refreshed, rememberSeconds)
      if ('tokens' in refreshed) emit({ type: 'refreshed', subject: tokens.subject })
      return refreshed
    } finally {
      // One that took too long has lost the lock to another, and leaves it alone.
      if ((await vault.get('refreshing', refreshToken)) === mark) {
        await vault.remove('refreshing', refreshToken)
      }
    }
  }

  async #refresh(tokens: TokenSet, refreshToken: string): Promise<Refreshed> {
    try {
      return { tokens: await this.#provider.refresh(tokens, refreshToken) }
    } catch (error) {
      if (error instanceof ClientError && error.providerError === 'invalid_grant') {
        return { refused: true }
      }
      throw error
    }
  }
}

function isRefreshed(value: unknown): value is Refreshed {
  return typeof value === 'object' && value !== null && ('tokens' in value || 'refused' in value)
}
