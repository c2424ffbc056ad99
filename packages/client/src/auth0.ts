import { carriedTransaction, type CarriedTransaction } from './login-library/carried-transaction.ts'
import {
  createLibraryFetch,
  type RedirectResult,
  type StepUpFetch,
  type StepUpFetchOptions,
} from './login-library/create-library-fetch.ts'
import type { LibraryMode } from './login-library/library-step-ups.ts'
import { identityOf } from './login-library/judge-step-up.ts'
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

interface Auth0Parameters {
  audience?: string
  scope?: string
  acr_values?: string
  max_age?: number
}

interface Auth0Tokens {
  readonly access_token: string
  readonly id_token: string
  readonly expires_in: number
  readonly token_type?: string
}

/** The part of an `Auth0Client` that is used. */
export interface Auth0 {
  getTokenSilently(options: {
    cacheMode?: 'cache-only'
    detailedResponse: true
    authorizationParams?: Auth0Parameters
  }): Promise<Auth0Tokens | undefined>
  loginWithPopup(
    options: { authorizationParams?: Auth0Parameters },
    config: { popup: Window; timeoutInSeconds: number },
  ): Promise<void>
  loginWithRedirect(options: {
    authorizationParams?: Auth0Parameters
    appState?: CarriedTransaction
  }): Promise<void>
  handleRedirectCallback(url?: string): Promise<{ appState?: unknown }>
  logout(options: { openUrl: false }): Promise<void>
  /** With its `useDpop`. */
  generateDpopProof?(call: {
    url: string
    method: string
    accessToken: string
    nonce?: string
  }): Promise<string>
}

export interface Auth0Options extends StepUpFetchOptions {
  /** Holds the login. A step-up in a popup leaves it and its cache as they are. */
  readonly auth0: Auth0
  /**
   * A second client of the same options with `cacheLocation: 'memory'`, for step-ups alone: the cache of a client holds
   * tokens by audience and scope, not by `acr` and `max_age`, and takes in whatever comes.
   */
  readonly stepUpAuth0: Auth0
  /** What the API's tokens are for, as at the login. */
  readonly audience?: string
  /** The scopes of the login, separated by spaces. Absent: the client's. */
  readonly scope?: string
  /** Default: `popup`. `redirect` leaves the page, and the call that was challenged with it, unless `parking` keeps it. */
  readonly mode?: LibraryMode
}

export interface Auth0StepUpFetch extends StepUpFetch {
  /**
   * In the place of `auth0.handleRedirectCallback()`: takes up a login or a step-up by redirect. `undefined`: it was no
   * step-up.
   *
   * @throws what the library throws where it was no step-up
   */
  readonly handleRedirectCallback: (url?: string) => Promise<RedirectResult | undefined>
}

/** How long the person may take at the provider, in seconds. */
const timeLimitSeconds = 600
/** How much an access token must have left for a call, in seconds. */
const aheadSeconds = 5

/**
 * Adds the step-up to an app that logs in by `@auth0/auth0-spa-js`. The tokens of a step-up are held here until they
 * end, beside the library's caches; then the calls go on with those of the login.
 *
 * @throws ClientError `configuration`
 */
export function createStepUpFetch({
  auth0,
  stepUpAuth0,
  audience,
  scope: ownScope,
  mode = 'popup',
  ...options
}: Auth0Options): Auth0StepUpFetch {
  const now = options.now ?? (() => Date.now() / 1000)
  const lifetimes = new WeakMap<LibraryTokens, number>()
  let raised: LibraryTokens | undefined

  const read = async (client: Auth0, scope: string | undefined, cacheMode?: 'cache-only') => {
    const parameters = {
      ...(audience === undefined ? {} : { audience }),
      ...(scope === undefined ? {} : { scope }),
    }
    const answer = await client.getTokenSilently({
      detailedResponse: true,
      authorizationParams: parameters,
      ...(cacheMode && { cacheMode }),
    })
    if (!answer) return undefined
    const bound = answer.token_type?.toLowerCase() === 'dpop'
    const tokens = { accessToken: answer.access_token, idToken: answer.id_token, bound }
    lifetimes.set(tokens, now() + answer.expires_in)
    return tokens
  }
  const scopeWith = (added: string | undefined) =>
    added === undefined ? ownScope : `${ownScope ?? 'openid profile email'} ${added}`
  const parametersOf = ({ acrValues, maxAgeSeconds, scope }: LibraryRequest): Auth0Parameters => {
    const asked = scopeWith(scope)
    return {
      ...(audience === undefined ? {} : { audience }),
      ...(asked === undefined ? {} : { scope: asked }),
      ...(acrValues === undefined ? {} : { acr_values: acrValues }),
      ...(maxAgeSeconds === undefined ? {} : { max_age: maxAgeSeconds }),
    }
  }

  const library: LoginLibrary = {
    tokens: async () => {
      const login = await read(auth0, ownScope).catch((error: unknown) => {
        const failure = failureOf(error)
        if (failure.kind === 'refused' && endsSession.has(failure.error)) return undefined
        throw error
      })
      // Another login, or none: what the last person proved is nobody's.
      if (!login || !raised || !samePerson(login, raised)) raised = undefined
      else if ((lifetimes.get(raised) ?? 0) - aheadSeconds <= now()) raised = undefined
      return raised ?? login
    },
    byPopup: async (request) => {
      const popup = globalThis.open('', 'newel:step-up', 'popup,width=480,height=680')
      if (!popup) throw new PopupBlocked()
      const close = () => popup.close()
      request.signal.addEventListener('abort', close)
      try {
        await stepUpAuth0.loginWithPopup(
          { authorizationParams: parametersOf(request) },
          { popup, timeoutInSeconds: timeLimitSeconds },
        )
        // What has just come, and nothing that a frame or a refresh would bring.
        const tokens = await read(stepUpAuth0, scopeWith(request.scope), 'cache-only')
        if (tokens) return tokens
        throw new Error('the library keeps no token that ends within a minute')
      } finally {
        request.signal.removeEventListener('abort', close)
        close()
      }
    },
    byRedirect: async (request, transaction) => {
      await auth0.loginWithRedirect({
        authorizationParams: parametersOf(request),
        appState: { newelStepUp: transaction },
      })
    },
    accept: async (tokens) => {
      raised = tokens
    },
    // A popup's answer stays in the client that is for step-ups alone, which nothing reads.
    reject: async () => {},
    // Both clients prove the same key, which is kept by the client's id.
    prove: async (call) => auth0.generateDpopProof?.({ ...call }),
    failureOf,
  }
  const { settleRedirect, ...api } = createLibraryFetch(library, options, mode)
  return {
    ...api,
    handleRedirectCallback: async (url) => {
      const answer = await auth0.handleRedirectCallback(url).then(
        ({ appState }) => ({ appState }),
        (error: unknown) => ({ error, appState: appStateOf(error) }),
      )
      const transaction = carriedTransaction(answer.appState)
      if (transaction) {
        const result = await settleRedirect(transaction, undefined, async () => {
          if ('error' in answer) throw answer.error
          return read(auth0, ownScope, 'cache-only')
        })
        // The library has taken it in: another person, or an answer of another provider, is put out again.
        const foreign =
          result.outcome === 'failed' &&
          (result.error.code === 'different_user' || result.error.code === 'response_invalid')
        if (foreign && !('error' in answer)) await auth0.logout({ openUrl: false })
        return result
      }
      if ('error' in answer) throw answer.error
      return undefined
    },
  }
}

/** The provider has no session any more, or wants a page for it. OIDC Core §3.1.2.6. */
const endsSession = new Set([
  'login_required',
  'interaction_required',
  'consent_required',
  'invalid_grant',
  'missing_refresh_token',
])

class PopupBlocked extends Error {}

function samePerson(one: LibraryTokens, other: LibraryTokens): boolean {
  const [a, b] = [identityOf(one.idToken), identityOf(other.idToken)]
  return a.issuer === b.issuer && a.subject === b.subject
}

function appStateOf(error: unknown): unknown {
  return error instanceof Error && 'appState' in error ? error.appState : undefined
}

function failureOf(error: unknown): LibraryFailure {
  if (error instanceof PopupBlocked) return { kind: 'blocked' }
  if (!(error instanceof Error)) return { kind: 'unknown' }
  if (!('error' in error) || typeof error.error !== 'string') return { kind: 'unknown' }
  if (error.error === 'cancelled' || error.error === 'timeout') return { kind: 'closed' }
  return { kind: 'refused', error: error.error }
}
