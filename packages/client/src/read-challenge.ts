import type { Requirement } from '@newel/policy'
import { parseChallenges, stepUpChallengeAmong, type TokenScheme } from '@newel/protocol'

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
 * header says what to reach, never where to go. `schemes`: those of the token that was sent.
 */
export function readChallenge(
  response: ChallengedResponse,
  requestUrl: string,
  trustedOrigins: ReadonlySet<string>,
  schemes: readonly TokenScheme[] = ['Bearer'],
): ChallengeReading {
  if (response.status !== 401) return { kind: 'none' }
  // A redirect may have left the origin that was asked.
  if (!trustedOrigins.has(new URL(response.url || requestUrl).origin)) return { kind: 'none' }
  const header = response.headers.get('www-authenticate')
  // A 401 always has the header (RFC 9110 §15.5.2): across origins its absence is the browser's doing.
  if (header === null) return { kind: response.type === 'cors' ? 'hidden' : 'none' }
  const parsed = parseChallenges(header)
  const challenges = parsed.ok ? parsed.challenges : []
  const reading = stepUpChallengeAmong(challenges)
  if (!reading.found) {
    const invalid = challenges.some(
      ({ scheme, parameters }) =>
        parameters.get('error') === 'invalid_token' &&
        schemes.some((sent) => sent.toLowerCase() === scheme.toLowerCase()),
    )
    return { kind: invalid ? 'invalid_token' : 'none' }
  }
  const { scheme, acrValues, maxAgeSeconds, scope } = reading.challenge
  // A scheme that the token does not meet asks for what a step-up does not give.
  if (!schemes.includes(scheme)) return { kind: 'none' }
  return {
    kind: 'challenge',
    requirement: { acrValues, ...(maxAgeSeconds !== undefined && { maxAgeSeconds }) },
    ...(scope !== undefined && { scope }),
    header,
  }
}
