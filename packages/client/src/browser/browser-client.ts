import type { Requirement } from '@newel/policy'
import { evaluateToken } from '@newel/policy'
import { ClientError } from '../errors.ts'
import { orderFor } from '../judge-answer.ts'
import { requirementFromInput, type RequirementInput } from '../requirement.ts'
import type { Session } from '../session.ts'
import { acceptAnswer } from './accept-answer.ts'
import { createAuthorizedFetch, sendOnce } from './authorized-fetch.ts'
import { prepareAuthorization } from './authorization-request.ts'
import type { ResumedCall } from './call-parking.ts'
import { type CallbackResult, handleCallback } from './callback.ts'
import {
  type BrowserClientOptions,
  type ClientSettings,
  settingsFrom,
  type StepUpMode,
} from './options.ts'
import { Provider } from './provider.ts'
import { returnAddress } from './return-address.ts'
import { endpoint } from './server-metadata.ts'
import { StepUps } from './step-ups.ts'
import { TokenStore } from './token-store.ts'
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
  const provider = new Provider(settings)
  const store = new TokenStore(settings, provider)
  const stepUps = new StepUps(settings, provider, store)
  let restoring: Promise<Session | undefined> | undefined
  let resumed: Promise<readonly ResumedCall[]> = Promise.resolve([])

  /** Every failure is an event too, whoever catches it. */
  const reported = async <Result>(work: Promise<Result>): Promise<Result> => {
    try {
      return await work
    } catch (error) {
      if (error instanceof ClientError) settings.emit({ type: 'error', error })
      throw error
    }
  }
  const authorizedFetch = createAuthorizedFetch(settings, store, stepUps)
  return {
    get session() {
      return store.tokens?.session
    },
    subscribe: (listener) => store.subscribe(listener),
    handleRedirectCallback: () =>
      handleCallback(settings, provider, store, (state) => {
        resumed = resumeCalls(settings, store, state)
        // An app that does not ask hears of it by events.
        resumed.catch(() => {})
      }),
    resumed: () => resumed,
    restore: (restoreOptions) => {
      restoring ??= reported(restore(settings, provider, store, restoreOptions)).finally(() => {
        restoring = undefined
      })
      return restoring
    },
    login: (loginOptions) => reported(login(settings, provider, loginOptions)),
    logout: (logoutOptions) => reported(logout(settings, provider, store, logoutOptions)),
    fetch: (input, init) => reported(authorizedFetch(input, init)),
    stepUp: (input, { mode = settings.mode, signal } = {}) =>
      reported(stepUp(stepUps, input, mode, signal)),
    wouldNeed: (input) => !holds(settings, provider, store, requirementFromInput(input)),
  }
}

async function resumeCalls(
  settings: ClientSettings,
  store: TokenStore,
  state: string,
): Promise<readonly ResumedCall[]> {
  const send = (call: Request) => sendOnce(settings, store, call)
  const calls = (await settings.parking?.resume(state, send)) ?? []
  for (const { url, method, response, error } of calls) {
    settings.emit({ type: 'resumed', url, method, ...(response && { status: response.status }) })
    if (error instanceof ClientError) settings.emit({ type: 'error', error })
  }
  return calls
}

async function stepUp(
  stepUps: StepUps,
  input: RequirementInput,
  mode: StepUpMode,
  signal: AbortSignal | undefined,
): Promise<Session> {
  const requirement = requirementFromInput(input)
  const tokens = await stepUps.reach({ requirement, mode, ...(signal ? { signal } : {}) })
  return tokens.session
}

async function login(
  settings: ClientSettings,
  provider: Provider,
  { acr, maxAge, returnTo, prompt }: LoginOptions = {},
): Promise<void> {
  const asks = acr !== undefined || maxAge !== undefined
  const request = await prepareAuthorization(settings, provider, {
    purpose: 'login',
    delivery: 'redirect',
    ...(asks
      ? {
          requirement: requirementFromInput({
            ...(acr === undefined ? {} : { acr }),
            ...(maxAge === undefined ? {} : { maxAge }),
          }),
        }
      : {}),
    ...(prompt === undefined ? {} : { prompt }),
    beganAt: settings.host.now(),
    returnTo: returnAddress(settings, returnTo),
  })
  settings.emit({ type: 'redirect', purpose: 'login' })
  await visitByRedirect(settings, request)
}

async function restore(
  settings: ClientSettings,
  provider: Provider,
  store: TokenStore,
  { via = 'frame' }: RestoreOptions = {},
): Promise<Session | undefined> {
  const subject = store.tokens?.session.subject
  const request = await prepareAuthorization(settings, provider, {
    purpose: 'restore',
    delivery: via,
    prompt: 'none',
    ...(subject === undefined ? {} : { subject }),
    beganAt: settings.host.now(),
    returnTo: returnAddress(settings),
  })
  if (via === 'redirect') {
    settings.emit({ type: 'redirect', purpose: 'restore' })
    await visitByRedirect(settings, request)
    return undefined
  }
  const answer = await visitByFrame(settings, request)
  try {
    const tokens = await acceptAnswer(settings, provider, answer, request.transaction)
    return store.replace('restore', tokens).session
  } catch (error) {
    if (error instanceof ClientError && error.code === 'login_required') return undefined
    throw error
  }
}

async function logout(
  settings: ClientSettings,
  provider: Provider,
  store: TokenStore,
  { postLogoutRedirectUri, local = false }: LogoutOptions = {},
): Promise<void> {
  const { refreshToken, session } = store.tokens ?? {}
  store.end('logout')
  if (!local && session) store.tabs?.tellLogout(session.subject)
  await settings.parking?.forget().catch(() => {})
  if (refreshToken !== undefined) await provider.revoke(refreshToken).catch(() => {})
  if (local) return
  const { server } = await provider.discover()
  if (server.end_session_endpoint === undefined) return
  const url = endpoint(server, 'end_session_endpoint')
  // The client's name instead of `id_token_hint`: an address is no place for a token. RP-Initiated Logout §2.
  url.searchParams.set('client_id', settings.clientId)
  if (postLogoutRedirectUri !== undefined) {
    url.searchParams.set('post_logout_redirect_uri', postLogoutRedirectUri)
  }
  settings.host.navigate(url.href)
}

function holds(
  { host, clockToleranceSeconds }: ClientSettings,
  provider: Provider,
  store: TokenStore,
  requirement: Requirement,
): boolean {
  const { tokens } = store
  if (!tokens) return false
  const { session, clockOffsetSeconds } = tokens
  return evaluateToken(
    orderFor(provider.metadata?.order, requirement, session),
    requirement,
    session,
    { now: host.now() + clockOffsetSeconds, clockToleranceSeconds },
  ).satisfied
}
