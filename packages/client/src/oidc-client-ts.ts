import { carriedTransaction, type CarriedTransaction } from './login-library/carried-transaction.ts'
import {
  createLibraryFetch,
  type RedirectResult,
  type StepUpFetch,
  type StepUpFetchOptions,
} from './login-library/create-library-fetch.ts'
import type { LibraryMode } from './login-library/library-step-ups.ts'
import type {
  LibraryFailure,
  LibraryRequest,
  LibraryTokens,
  LoginLibrary,
} from './login-library/login-library.ts'

export { parkedCalls } from './browser/parked-calls.ts'
export type { ParkedCallsOptions } from './browser/parked-calls.ts'
export type { CallParking, CallParkingFactory, ResumedCall } from './browser/call-parking.ts'
export { ClientError, StepUpError } from './errors.ts'
export type { ClientErrorCode, StepUpErrorCode } from './errors.ts'
export type { RequirementInput } from './requirement.ts'
export type { LibraryMode, RedirectResult, StepUpFetch, StepUpFetchOptions }

/** The part of a `User` that is read. */
export interface OidcUser {
  readonly access_token: string
  readonly id_token?: string | undefined
  readonly token_type?: string
  readonly state?: unknown
}

interface SigninParameters {
  acr_values?: string
  max_age?: number
  scope?: string
}

/** The part of a `UserManager` that is used. */
export interface OidcUserManager<User extends OidcUser> {
  readonly settings: { readonly scope: string }
  readonly events: { load(user: User): Promise<void> }
  getUser(): Promise<User | null>
  storeUser(user: User | null): Promise<void>
  removeUser(): Promise<void>
  signinPopup(
    parameters: SigninParameters & { popupSignal?: AbortSignal; popupAbortOnClose?: boolean },
  ): Promise<User>
  signinRedirect(parameters: SigninParameters & { state?: unknown }): Promise<void>
  signinRedirectCallback(url?: string): Promise<User>
  /** Of its `dpop` settings. */
  dpopProof?(
    url: string,
    user: User,
    httpMethod?: string,
    nonce?: string,
  ): Promise<string | undefined>
}

export interface OidcClientOptions<User extends OidcUser> extends StepUpFetchOptions {
  /** With `popup_redirect_uri` set, and a page there that calls `signinPopupCallback()`. */
  readonly userManager: OidcUserManager<User>
  /** Default: `popup`. `redirect` leaves the page, and the call that was challenged with it, unless `parking` keeps it. */
  readonly mode?: LibraryMode
}

export interface OidcStepUpFetch extends StepUpFetch {
  /**
   * In the place of `signinRedirectCallback()`: takes up a login or a step-up by redirect. `undefined`: it was no step-up.
   *
   * @throws what the library throws where it was no step-up
   */
  readonly handleRedirectCallback: (url?: string) => Promise<RedirectResult | undefined>
}

/**
 * Adds the step-up to an app that logs in by `oidc-client-ts`. Its `UserManager` holds the session and the tokens, as
 * before; a step-up replaces its user only when the answer is what was asked.
 *
 * @throws ClientError `configuration`
 */
export function createStepUpFetch<User extends OidcUser>({
  userManager,
  mode = 'popup',
  ...options
}: OidcClientOptions<User>): OidcStepUpFetch {
  const users = new WeakMap<LibraryTokens, User>()

  const tokensOf = (user: User | null): LibraryTokens | undefined => {
    if (user?.id_token === undefined) return undefined
    const bound = user.token_type?.toLowerCase() === 'dpop'
    const tokens = { accessToken: user.access_token, idToken: user.id_token, bound }
    users.set(tokens, user)
    return tokens
  }
  const parametersOf = ({ acrValues, maxAgeSeconds, scope }: LibraryRequest): SigninParameters => ({
    ...(acrValues === undefined ? {} : { acr_values: acrValues }),
    ...(maxAgeSeconds === undefined ? {} : { max_age: maxAgeSeconds }),
    ...(scope === undefined ? {} : { scope: `${userManager.settings.scope} ${scope}` }),
  })

  const library: LoginLibrary = {
    tokens: async () => tokensOf(await userManager.getUser()),
    byPopup: async (request) => {
      const user = await userManager.signinPopup({
        ...parametersOf(request),
        popupSignal: request.signal,
        popupAbortOnClose: true,
      })
      return tokensOf(user) ?? { accessToken: user.access_token, idToken: '' }
    },
    byRedirect: async (request, transaction) => {
      const state: CarriedTransaction = { newelStepUp: transaction }
      await userManager.signinRedirect({ ...parametersOf(request), state })
    },
    // The library stores what it gets before anybody can look at it.
    reject: async (before) => {
      const user = before && users.get(before)
      if (!user) return userManager.removeUser()
      await userManager.storeUser(user)
      await userManager.events.load(user)
    },
    prove: async ({ url, method, accessToken, nonce }) => {
      // The library reads the token of it, and nothing else.
      const user = { access_token: accessToken } as User
      return userManager.dpopProof?.(url, user, method, nonce)
    },
    failureOf,
  }
  const { settleRedirect, ...api } = createLibraryFetch(library, options, mode)
  return {
    ...api,
    handleRedirectCallback: async (url) => {
      const before = await library.tokens()
      const answer = await userManager.signinRedirectCallback(url).then(
        (user) => ({ user, state: user.state }),
        (error: unknown) => ({ error, state: stateOf(error) }),
      )
      const transaction = carriedTransaction(answer.state)
      if (transaction) {
        return settleRedirect(transaction, before, async () => {
          if ('error' in answer) throw answer.error
          return tokensOf(answer.user)
        })
      }
      if ('error' in answer) throw answer.error
      return undefined
    },
  }
}

function stateOf(error: unknown): unknown {
  return error instanceof Error && 'state' in error ? error.state : undefined
}

/** The library tells of its popup by the text of plain errors alone. */
function failureOf(error: unknown): LibraryFailure {
  if (!(error instanceof Error)) return { kind: 'unknown' }
  if ('error' in error && typeof error.error === 'string') {
    return { kind: 'refused', error: error.error }
  }
  if (error.message.startsWith('Popup ')) return { kind: 'closed' }
  return { kind: error.message.includes('disposed window') ? 'blocked' : 'unknown' }
}
