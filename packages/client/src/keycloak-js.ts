import { ClientError, isStepUpErrorCode, StepUpError } from './errors.ts'
import {
  createLibraryFetch,
  type RedirectResult,
  type StepUpFetch,
  type StepUpFetchOptions,
} from './login-library/create-library-fetch.ts'
import { jwtPart } from './jwt-part.ts'
import { isTransaction } from './login-library/carried-transaction.ts'
import type {
  LibraryFailure,
  LoginLibrary,
  StepUpTransaction,
} from './login-library/login-library.ts'

export { parkedCalls } from './browser/parked-calls.ts'
export type { ParkedCallsOptions } from './browser/parked-calls.ts'
export type { CallParking, CallParkingFactory, ResumedCall } from './browser/call-parking.ts'
export { ClientError, StepUpError } from './errors.ts'
export type { ClientErrorCode, StepUpErrorCode } from './errors.ts'
export type { RequirementInput } from './requirement.ts'
export type { RedirectResult, StepUpFetch, StepUpFetchOptions }

interface KeycloakParameters {
  acrValues?: string
  maxAge?: number
  scope?: string
  prompt?: 'none'
}

/** The part of a `Keycloak` that is used. */
export interface KeycloakInstance<InitOptions> {
  readonly token?: string
  readonly idToken?: string
  readonly refreshToken?: string
  init(options?: InitOptions): Promise<boolean>
  login(parameters?: KeycloakParameters): Promise<void>
  updateToken(minValidity?: number): Promise<boolean>
  clearToken(): void
}

export interface KeycloakOptions<InitOptions> extends StepUpFetchOptions {
  readonly keycloak: KeycloakInstance<InitOptions>
  /** The scopes of the login, which a step-up that needs another asks again. Default: `openid`. */
  readonly scope?: string
  /** Keeps what was asked while the page is left: no secret. Default: the tab's `sessionStorage`. */
  readonly storage?: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>
}

export interface KeycloakStepUpFetch<InitOptions> extends StepUpFetch {
  /**
   * In the place of `keycloak.init()`, with the same options, on every load. `undefined`: this load ends no step-up.
   * After a step-up that was turned down the page is left once more, without a prompt, to get the session back; the
   * promise then comes to no end here, and says `failed` on the next load.
   *
   * @throws what `init` throws where this load ends no step-up
   */
  readonly init: (options?: InitOptions) => Promise<RedirectResult | undefined>
}

/** What is kept while the page is left, in the tab. */
interface Kept {
  readonly transaction: StepUpTransaction
  /** Of a step-up that failed, while the session is fetched back. */
  readonly failure?: {
    readonly code: string
    readonly message: string
    readonly providerError?: string
  }
}

const storageKey = 'newel:keycloak-step-up'
/** How long the person may take at the provider, in seconds. */
const timeLimitSeconds = 600
/** How much an access token must have left for a call, in seconds. */
const refreshAheadSeconds = 5

/**
 * Adds the step-up to an app that logs in by `keycloak-js`. The library knows no popup: every step-up leaves the page, and
 * the call that was challenged with it, unless `parking` keeps it. It has no keys either: tokens that are bound to one (DPoP)
 * are refused.
 *
 * @throws ClientError `configuration`
 */
export function createStepUpFetch<InitOptions>({
  keycloak,
  scope: ownScope = 'openid',
  storage = globalThis.sessionStorage,
  ...options
}: KeycloakOptions<InitOptions>): KeycloakStepUpFetch<InitOptions> {
  const now = options.now ?? (() => Date.now() / 1000)
  const keep = (kept: Kept) => storage.setItem(storageKey, JSON.stringify(kept))
  const held = () => {
    const { token, idToken } = keycloak
    return token === undefined || idToken === undefined
      ? undefined
      : { accessToken: token, idToken, bound: isBound(token) }
  }

  const library: LoginLibrary = {
    tokens: async () => {
      // The library refreshes nothing by itself; where it cannot, the API says what is wrong.
      if (keycloak.refreshToken !== undefined) {
        await keycloak.updateToken(refreshAheadSeconds).catch(() => false)
      }
      return held()
    },
    byRedirect: async ({ acrValues, maxAgeSeconds, scope }, transaction) => {
      keep({ transaction })
      await keycloak.login({
        ...(acrValues === undefined ? {} : { acrValues }),
        ...(maxAgeSeconds === undefined ? {} : { maxAge: maxAgeSeconds }),
        ...(scope === undefined ? {} : { scope: `${ownScope} ${scope}` }),
      })
    },
    // The tokens of before went with the page. `init` fetches the session back where it is the same person's.
    reject: async () => {},
    failureOf,
  }
  const { settleRedirect, ...api } = createLibraryFetch(library, options, 'redirect')

  return {
    ...api,
    init: async (initOptions) => {
      const kept = take(storage)
      const began = kept && now() - kept.transaction.beganAt
      if (!kept || began === undefined || began < 0 || began > timeLimitSeconds || !isAnswer()) {
        await keycloak.init(initOptions)
        return undefined
      }
      const { transaction, failure } = kept
      if (failure) {
        await keycloak.init(initOptions)
        const back = held()
        // The session that came back must be the one that was left.
        if (back) {
          const person = await settleRedirect(
            onlyThePerson(transaction),
            undefined,
            async () => back,
          )
          if (person.outcome === 'failed') keycloak.clearToken()
        }
        return { outcome: 'failed', error: failureFrom(failure, transaction) }
      }
      const result = await settleRedirect(transaction, undefined, async () => {
        await keycloak.init(initOptions)
        return held()
      })
      if (result.outcome === 'completed') return result
      const { error } = result
      // Another person, or an answer of another provider: nothing of it is kept.
      if (error.code === 'different_user' || error.code === 'response_invalid')
        keycloak.clearToken()
      if (held()) return result
      const { code, message, providerError } = error
      keep({
        transaction,
        failure: { code, message, ...(providerError === undefined ? {} : { providerError }) },
      })
      await keycloak.login({ prompt: 'none' })
      return new Promise<never>(() => {})
    },
  }
}

/** RFC 9449 §6.1. */
function isBound(accessToken: string): boolean {
  const { cnf } = jwtPart(accessToken.split('.')[1])
  return typeof cnf === 'object' && cnf !== null && 'jkt' in cnf
}

/** The address holds an answer of the provider, in its query or in its fragment. */
function isAnswer(): boolean {
  const { search, hash } = globalThis.location
  const answer = new URLSearchParams(`${search.slice(1)}&${hash.slice(1)}`)
  return answer.has('state') && (answer.has('code') || answer.has('error'))
}

/** No level is asked when the session is fetched back. */
function onlyThePerson(transaction: StepUpTransaction): StepUpTransaction {
  const { issuer, subject, beganAt } = transaction
  return { issuer, subject, beganAt, requirement: { acrValues: [] } }
}

function take(storage: Pick<Storage, 'getItem' | 'removeItem'>): Kept | undefined {
  const text = storage.getItem(storageKey)
  storage.removeItem(storageKey)
  if (text === null) return undefined
  const kept = JSON.parse(text) as Partial<Kept>
  return isTransaction(kept.transaction) ? { ...kept, transaction: kept.transaction } : undefined
}

function failureFrom(
  { code, message, providerError }: NonNullable<Kept['failure']>,
  { requirement }: StepUpTransaction,
): ClientError {
  const facts = providerError === undefined ? {} : { providerError }
  return isStepUpErrorCode(code)
    ? new StepUpError(code, message, requirement, facts)
    : new ClientError('response_invalid', message, facts)
}

function failureOf(error: unknown): LibraryFailure {
  return typeof error === 'object' &&
    error !== null &&
    'error' in error &&
    typeof error.error === 'string'
    ? { kind: 'refused', error: error.error }
    : { kind: 'unknown' }
}
