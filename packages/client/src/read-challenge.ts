import type { Requirement } from '@newel/policy'
import { isAcrValue } from '@newel/protocol'
import { challengesIn } from './challenges-in.ts'
import { defined } from './defined.ts'
import { isLegal } from './requirement.ts'
import { scopeValues } from './scope-values.ts'

/** What a response says about stepping up. */
export type ChallengeReading =
  | {
      readonly kind: 'challenge'
      readonly requirement: Requirement
      /** Scopes that the API wants besides, separated by spaces. */
      readonly scope?: string
      /** The `WWW-Authenticate` value as it came. */
      readonly header: string
    }
  /** A 401 whose `WWW-Authenticate` the browser withholds: the API must expose it (Fetch standard, CORS-exposed headers). */
  | { readonly kind: 'hidden' }
  /** The API takes the token for no good any more (RFC 6750 §3.1): a refresh may help. */
  | { readonly kind: 'invalid_token' }
  /** Nothing to act on: another status, another error, another origin, another scheme. */
  | { readonly kind: 'none' }

/** The part of a `Response` that is read. */
export interface ChallengedResponse {
  readonly status: number
  readonly headers: Pick<Headers, 'get'>
  /** Where the response came from, after redirects. Empty where unknown. */
  readonly url: string
  /** `cors` where the browser filters the headers. */
  readonly type?: string
}

/**
 * Read a step-up challenge, if the response has one and comes from an origin that is trusted to ask (RFC 9470 §9). The
 * header says what to reach, never where to go. `bound`: the token that was sent is good with a key alone, and an API may
 * name the scheme that it prefers rather than the one that came.
 */
export function readChallenge(
  response: ChallengedResponse,
  requestUrl: string,
  trustedOrigins: ReadonlySet<string>,
  bound = false,
): ChallengeReading {
  // A redirect may have left the origin that was asked.
  const { origin } = new URL(response.url || requestUrl)
  if (response.status !== 401 || !trustedOrigins.has(origin)) return { kind: 'none' }
  const header = response.headers.get('www-authenticate')
  // A 401 always has the header (RFC 9110 §15.5.2): across origins its absence is the browser's doing.
  if (header === null) return { kind: response.type === 'cors' ? 'hidden' : 'none' }
  // A scheme that the token does not meet asks for what a step-up does not give.
  const heard = bound ? ['bearer', 'dpop'] : ['bearer']
  const withError = (code: string) =>
    challengesIn(header).find(
      ({ scheme, parameters }) => heard.includes(scheme) && parameters.get('error') === code,
    )?.parameters
  const asked = withError('insufficient_user_authentication')
  if (!asked) return { kind: withError('invalid_token') ? 'invalid_token' : 'none' }
  const acr = asked.get('acr_values')
  const age = asked.get('max_age')
  // An empty `scope` is not legal, yet sent; it can only be read as asking for none.
  const scope = asked.get('scope') || undefined
  const requirement: Requirement = {
    acrValues: scopeValues(acr),
    ...(age !== undefined && { maxAgeSeconds: Number(age) }),
  }
  // Acting on half of it would ask the person for less than the API wants, and once more after that. A number has one
  // spelling, and values of a scope are of the same characters as those of levels.
  const isLegible =
    isLegal(requirement) &&
    acr?.trim() !== '' &&
    age === requirement.maxAgeSeconds?.toString() &&
    scopeValues(scope).every(isAcrValue)
  return isLegible
    ? { kind: 'challenge', requirement, ...defined({ scope }), header }
    : { kind: 'none' }
}
