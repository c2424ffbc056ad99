import type { BrowserClient } from '../browser/browser-client.ts'
import type { CallbackResult } from '../browser/callback.ts'
import { ClientError } from '../errors.ts'
import type { Session } from '../session.ts'

/** Who is logged in, as a component sees it. */
export type SessionState =
  /** On the server, and in the browser until the callback is handled and the session is restored. */
  | { readonly status: 'starting' }
  /** Nobody. `error`: why the login or the session could not be had; absent where nobody tried, or the provider knows nobody. */
  | { readonly status: 'logged-out'; readonly error?: ClientError }
  | { readonly status: 'logged-in'; readonly session: Session }

/** What a load of the page does when its address holds no answer of the provider. */
export type RestoreMode =
  /** Ask the provider in an invisible frame whether it still knows the person. */
  | 'frame'
  /** Nothing: the app calls `restore()` or `login()` itself. */
  | 'none'

/** How often levels are looked at, in milliseconds. A level ends at a whole second of the provider. */
const decayMilliseconds = 1000

/** One client, as a store that React can read: what is drawn changes only when it does. */
export class ClientState {
  readonly client: BrowserClient
  readonly #listeners = new Set<() => void>()
  #session: SessionState = { status: 'starting' }
  #callback: CallbackResult | undefined
  #started = false

  constructor(client: BrowserClient) {
    this.client = client
    client.subscribe(() => {
      // Before the start has come to its end, what it finds may still be taken back.
      if (this.#session.status !== 'starting') this.#show()
    })
  }

  readonly session = (): SessionState => this.#session

  readonly callback = (): CallbackResult | undefined => this.#callback

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Also when time has passed: levels decay while nothing else happens, and while the page is hidden. */
  readonly subscribeDecay = (listener: () => void): (() => void) => {
    const stop = this.subscribe(listener)
    const interval = setInterval(listener, decayMilliseconds)
    document.addEventListener('visibilitychange', listener)
    return () => {
      stop()
      clearInterval(interval)
      document.removeEventListener('visibilitychange', listener)
    }
  }

  /** Once for a client, however often components mount: an answer of the provider can be used only once. */
  start(restore: RestoreMode): void {
    if (this.#started) return
    this.#started = true
    void this.#start(restore)
  }

  async #start(restore: RestoreMode): Promise<void> {
    try {
      this.#callback = await this.client.handleRedirectCallback()
      const outcome = this.#callback?.outcome
      // This window is about to close, or to be left: nothing more is shown.
      if (outcome === 'relayed' || outcome === 'redirecting') return this.#notify()
      if (outcome === undefined && restore === 'frame' && !this.client.session) {
        await this.client.restore()
      }
      this.#show(this.#callback?.outcome === 'failed' ? this.#callback.error : undefined)
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      this.#show(error)
    }
  }

  #show(error?: ClientError): void {
    const { session } = this.client
    this.#session = session
      ? { status: 'logged-in', session }
      : { status: 'logged-out', ...(error ? { error } : {}) }
    this.#notify()
  }

  #notify(): void {
    for (const listener of this.#listeners) listener()
  }
}

const states = new WeakMap<BrowserClient, ClientState>()

/** The state of a client, the same for every component and every mount. */
export function clientState(client: BrowserClient): ClientState {
  const known = states.get(client)
  if (known) return known
  const state = new ClientState(client)
  states.set(client, state)
  return state
}
