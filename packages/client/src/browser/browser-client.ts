import { ClientError } from '../errors.ts'
import { reachesRequirement } from '@newel/policy'
import { requirementFromInput, type RequirementInput } from '../requirement.ts'
import type { Session } from '../session.ts'
import { authorizedCalls } from './authorized-fetch.ts'
import { prepareAuthorization } from './authorization-request.ts'
import type { ResumedCall } from './call-parking.ts'
import { type CallbackResult, handleCallback } from './callback.ts'
import { type BrowserClientOptions, settingsFrom, type StepUpMode } from './options.ts'
import { createProvider } from './provider.ts'
import { createStepUps } from './step-ups.ts'
import { createTokenStore } from './token-store.ts'
import { visitByRedirect } from './visit.ts'

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

/** What a page needs where its session begins anew or ends, in a file of its own. */
const sessionEnds = () =>
  import('./session-ends.ts').catch((cause: unknown) => {
    throw new ClientError('provider_unavailable', 'a file is missing', { cause })
  })

/** @throws ClientError `configuration` */
export function createBrowserClient(options: BrowserClientOptions): BrowserClient {
  const settings = settingsFrom(options)
  const { host, emit, parking } = settings
  const provider = createProvider(settings)
  const store = createTokenStore(settings, provider)
  const stepUps = createStepUps(settings, provider, store)
  const calls = authorizedCalls(settings, store, stepUps)
  let restoring: Promise<Session | undefined> | undefined
  let resumed: Promise<readonly ResumedCall[]> = Promise.resolve([])

  /** Every failure is an event too, whoever catches it. */
  const reporting =
    <Given extends unknown[], Result>(work: (...given: Given) => Promise<Result>) =>
    async (...given: Given): Promise<Result> => {
      try {
        return await work(...given)
      } catch (error) {
        if (error instanceof ClientError) emit({ type: 'error', error })
        throw error
      }
    }
  const restore = reporting(async (given?: RestoreOptions) =>
    (await sessionEnds()).restore(settings, provider, store, given),
  )
  return {
    get session() {
      return store.tokens?.session
    },
    subscribe: store.subscribe,
    handleRedirectCallback: () =>
      handleCallback(settings, provider, store, (state) => {
        if (!parking) return
        resumed = parking.resume(state, calls.sendOnce, emit)
        // An app that does not ask hears of it by events.
        resumed.catch(() => {})
      }),
    resumed: () => resumed,
    restore: (given) =>
      (restoring ??= restore(given).finally(() => {
        restoring = undefined
      })),
    login: reporting(async (input: LoginOptions = {}) => {
      const { acr, maxAge, prompt, returnTo } = input
      const request = await prepareAuthorization(settings, provider, {
        purpose: 'login',
        delivery: 'redirect',
        requirement: (acr ?? maxAge) === undefined ? undefined : requirementFromInput(input),
        prompt,
        returnTo,
      })
      await visitByRedirect(settings, request)
    }),
    logout: reporting(async (given: LogoutOptions = {}) => {
      const { refreshToken, session } = store.tokens ?? {}
      store.end('logout')
      if (!given.local && session) store.tabs?.tellLogout(session.subject)
      await parking?.forget().catch(() => {})
      await (await sessionEnds()).endAtProvider(settings, provider, refreshToken, given)
    }),
    fetch: reporting(calls.fetch),
    stepUp: reporting(
      async (input: RequirementInput, { mode = settings.mode, signal }: StepUpOptions = {}) => {
        const requirement = requirementFromInput(input)
        return (await stepUps.reach({ requirement, mode, signal })).session
      },
    ),
    wouldNeed: (input) => {
      const requirement = requirementFromInput(input)
      const { tokens } = store
      if (!tokens) return true
      const now = host.now() + tokens.clockOffsetSeconds
      return !reachesRequirement(requirement, tokens.session, now, provider)
    },
  }
}
