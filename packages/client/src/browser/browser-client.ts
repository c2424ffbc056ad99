import { ClientError, codeOf } from '../errors.ts'
import { requirementFromInput, type RequirementInput } from '../requirement.ts'
import type { Session } from '../session.ts'
import { acceptAnswer } from './accept-answer.ts'
import { createAuthorizedFetch } from './authorized-fetch.ts'
import { type AuthorizationRequest, prepareAuthorization } from './authorization-request.ts'
import type { ResumedCall } from './call-parking.ts'
import { type CallbackResult, handleCallback } from './callback.ts'
import { type BrowserClientOptions, settingsFrom, type StepUpMode } from './options.ts'
import { deferStepUps } from './deferred-step-ups.ts'
import { createProvider } from './provider.ts'
import { returnAddress } from './return-address.ts'
import { endpoint } from './server-metadata.ts'
import { createTokenStore } from './token-store.ts'
import { visitByFrame, visitByRedirect } from './visit.ts'

export interface LoginOptions extends RequirementInput {
  /** Where to come back to, of this origin. Default: the page at hand. */
  readonly returnTo?: string
  /** OIDC Core §3.1.2.1, such as `login` to ask for the password even in a live session. */
  readonly prompt?: string
}

export interface LogoutOptions {
  /** Where the provider sends the person afterwards, as registered there. Absent: they stay on its page. */
  readonly postLogoutRedirectUri?: string
  /** Forget the session of this tab only, and stay on the page; the provider and other tabs keep theirs. Default: false. */
  readonly local?: boolean
}

export interface StepUpOptions {
  /** Default: the client's. */
  readonly mode?: StepUpMode
  readonly signal?: AbortSignal
}

export interface RestoreOptions {
  /**
   * `frame`, the default, leaves the page alone; it needs the provider's cookies in a frame, which browsers keep from
   * providers on another site. `redirect` works for all: the page is left and comes back.
   */
  readonly via?: 'frame' | 'redirect'
}

export interface BrowserClient {
  /** Who is logged in in this tab, by the newest ID token. */
  readonly session: Session | undefined
  /** Hear of every change of the session. Returns what stops it. */
  subscribe(listener: (session: Session | undefined) => void): () => void
  /** On every load of the callback page, before anything is rendered. `undefined`: there is nothing to handle. */
  handleRedirectCallback(): Promise<CallbackResult | undefined>
  /**
   * Get the session back after a load, without showing a page. `undefined`: the provider has none.
   *
   * @throws ClientError `provider_unavailable`
   */
  restore(options?: RestoreOptions): Promise<Session | undefined>
  /** Leave for the login page. Comes to an end only if the person comes back without an answer. */
  login(options?: LoginOptions): Promise<void>
  /** End the session here, and at the provider by leaving for its logout page. */
  logout(options?: LogoutOptions): Promise<void>
  /**
   * Like `fetch`, with the token for `apiOrigins`, and with their step-up challenges met: the call is sent once more, as
   * it was. Other origins get the call untouched.
   *
   * @throws StepUpError where the step-up fails, ClientError `login_required` where the session is over
   */
  readonly fetch: typeof fetch
  /**
   * Reach a requirement now. Call it within the click, before anything is awaited, or the popup may be blocked.
   *
   * @throws StepUpError, ClientError, or the signal's reason
   */
  stepUp(requirement: RequirementInput, options?: StepUpOptions): Promise<Session>
  /**
   * The calls that the redirect of a step-up interrupted and that `parking` kept: sent again, once, when
   * `handleRedirectCallback()` completed it. Empty: there were none.
   */
  resumed(): Promise<readonly ResumedCall[]>
  /** Whether an action with this requirement would be challenged now, by the ID token in hand. The API decides. */
  wouldNeed(requirement: RequirementInput): boolean
}

/** @throws ClientError `configuration` */
export function createBrowserClient(options: BrowserClientOptions): BrowserClient {
  const settings = settingsFrom(options)
  const { host, emit, parking } = settings
  // With the session comes what a step-up needs, so that a popup opens within its click.
  const provider = createProvider(settings, () => stepUps.load().catch(() => {}))
  const store = createTokenStore(settings, provider, () => stepUps.ready?.order())
  const stepUps = deferStepUps(settings, provider, store)
  const authorizedFetch = createAuthorizedFetch(settings, store, stepUps)
  let restoring: Promise<Session | undefined> | undefined
  let resumed: Promise<readonly ResumedCall[]> = Promise.resolve([])

  /** Every failure is an event too, whoever catches it. */
  const reported = async <Result>(work: Promise<Result>): Promise<Result> => {
    try {
      return await work
    } catch (error) {
      if (error instanceof ClientError) emit({ type: 'error', error })
      throw error
    }
  }
  const leave = async (request: AuthorizationRequest) => {
    emit({ type: 'redirect', purpose: request.transaction.purpose })
    await visitByRedirect(settings, request)
  }
  const login = async (loginOptions: LoginOptions = {}) => {
    const { acr, maxAge, prompt, returnTo } = loginOptions
    const request = await prepareAuthorization(settings, provider, {
      purpose: 'login',
      delivery: 'redirect',
      requirement: (acr ?? maxAge) === undefined ? undefined : requirementFromInput(loginOptions),
      prompt,
      beganAt: host.now(),
      returnTo: returnAddress(settings, returnTo),
    })
    await leave(request)
  }
  const restore = async ({ via = 'frame' }: RestoreOptions = {}) => {
    const request = await prepareAuthorization(settings, provider, {
      purpose: 'restore',
      delivery: via,
      prompt: 'none',
      subject: store.tokens?.session.subject,
      beganAt: host.now(),
      returnTo: returnAddress(settings),
    })
    if (via === 'redirect') {
      await leave(request)
      return undefined
    }
    const answer = await visitByFrame(settings, request)
    try {
      const tokens = await acceptAnswer(
        settings,
        provider,
        answer,
        request.transaction,
        stepUps.hold,
      )
      return store.replace('restore', tokens).session
    } catch (error) {
      if (codeOf(error) === 'login_required') return undefined
      throw error
    }
  }
  const logout = async ({ postLogoutRedirectUri, local = false }: LogoutOptions = {}) => {
    const { refreshToken, session } = store.tokens ?? {}
    store.end('logout')
    if (!local && session) store.tabs?.tellLogout(session.subject)
    await parking?.forget().catch(() => {})
    if (refreshToken !== undefined) await provider.revoke(refreshToken).catch(() => {})
    if (local) return
    const server = await provider.discover()
    if (server.end_session_endpoint === undefined) return
    const url = endpoint(server, 'end_session_endpoint')
    // The client's name instead of `id_token_hint`: an address is no place for a token. RP-Initiated Logout §2.
    url.searchParams.set('client_id', settings.clientId)
    if (postLogoutRedirectUri !== undefined) {
      url.searchParams.set('post_logout_redirect_uri', postLogoutRedirectUri)
    }
    host.navigate(url.href)
  }
  return {
    get session() {
      return store.tokens?.session
    },
    subscribe: (listener) => store.subscribe(listener),
    handleRedirectCallback: () =>
      handleCallback(settings, provider, store, stepUps, (state) => {
        if (!parking) return
        resumed = parking.resume(
          state,
          (call) => stepUps.load().then(({ sendOnce }) => sendOnce(call)),
          emit,
        )
        // An app that does not ask hears of it by events.
        resumed.catch(() => {})
      }),
    resumed: () => resumed,
    restore: (restoreOptions) =>
      (restoring ??= reported(restore(restoreOptions)).finally(() => {
        restoring = undefined
      })),
    login: (loginOptions) => reported(login(loginOptions)),
    logout: (logoutOptions) => reported(logout(logoutOptions)),
    fetch: (input, init) => reported(authorizedFetch(input, init)),
    stepUp: (input, { mode = settings.mode, signal } = {}) => {
      const reached = async () => {
        const requirement = requirementFromInput(input)
        const { reach } = stepUps.ready ?? (await stepUps.load())
        const { session } = await reach({ requirement, mode, signal })
        return session
      }
      return reported(reached())
    },
    wouldNeed: (input) => {
      const requirement = requirementFromInput(input)
      const { tokens } = store
      return !(tokens && stepUps.ready?.holds(tokens, requirement))
    },
  }
}
