import type { EpochSeconds } from '@newel/policy'
import { authenticationFromClaims } from '@newel/protocol'
import { defined } from '../defined.ts'
import { describeToken } from '../describe-token.ts'
import { unusable } from '../errors.ts'
import type { Session } from '../session.ts'
import type { TokensDescription } from './client-event.ts'
import type { IdTokenClaims } from './id-token.ts'
import type { TokenResponse } from './token-response.ts'

/** What a login, step-up or refresh gave. In memory, nowhere else. */
export interface Tokens {
  readonly accessToken: string
  readonly refreshToken?: string
  readonly idToken?: string
  /** On this machine's clock. Absent: the provider does not say. */
  readonly expiresAt?: EpochSeconds
  readonly session: Session
  /** When the ID token was made, on the provider's clock. */
  readonly issuedAt: EpochSeconds
  /** What to add to this machine's clock to have the provider's. */
  readonly clockOffsetSeconds: number
}

/**
 * Tokens from an answer of the token endpoint. `before`, at a refresh, supplies what the answer may leave out: the
 * refresh token (RFC 6749 §6) and the ID token (OIDC Core §12.2).
 *
 * @throws ClientError `response_invalid` where the ID token misstates the authentication
 */
export function tokensFrom(
  response: TokenResponse,
  claims: IdTokenClaims | undefined,
  receivedAt: EpochSeconds,
  before?: Tokens,
): Tokens {
  const { expiresInSeconds, ...received } = response
  const expiresAt = expiresInSeconds === undefined ? undefined : receivedAt + expiresInSeconds
  const { refreshToken, idToken } = before ?? {}
  const tokens = { ...defined({ refreshToken, idToken, expiresAt }), ...received }
  if (claims) {
    const { sub: subject, iat } = claims
    const reading = authenticationFromClaims(claims)
    if (reading.ok) {
      return {
        ...tokens,
        session: { ...reading.authentication, subject, ...defined({ expiresAt }) },
        issuedAt: iat,
        clockOffsetSeconds: iat - receivedAt,
      }
    }
  } else if (before) {
    const { expiresAt: _ended, ...session } = before.session
    const { issuedAt, clockOffsetSeconds } = before
    return {
      ...tokens,
      session: { ...session, ...defined({ expiresAt }) },
      issuedAt,
      clockOffsetSeconds,
    }
  }
  throw unusable('ID token: `acr`, `amr` or `auth_time`')
}

export function describeTokens({ accessToken, idToken = '' }: Tokens): TokensDescription {
  return defined({ access: describeToken(accessToken), id: describeToken(idToken) })
}
