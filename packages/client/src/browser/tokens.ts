import type { EpochSeconds } from '@newel/policy'
import { defined } from '../defined.ts'
import { unusable } from '../errors.ts'
import type { Session } from '../session.ts'
import type { IdTokenFacts } from './id-token.ts'
import type { TokenResponse } from './token-response.ts'

/** What a login, step-up or refresh gave. In memory, nowhere else. */
export interface Tokens {
  readonly accessToken: string
  readonly refreshToken?: string | undefined
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
 * refresh token (RFC 6749 §6) and what the ID token states (OIDC Core §12.2).
 *
 * @throws ClientError `response_invalid` where nobody says who is logged in
 */
export function tokensFrom(
  response: TokenResponse,
  facts: IdTokenFacts | undefined,
  before?: Tokens,
): Tokens {
  const stated = facts ?? before
  if (!stated) throw unusable('token response: no ID token')
  const { expiresAt } = response
  const session = defined({ ...stated.session, expiresAt })
  return defined({ ...before, ...stated, ...response, session, expiresAt })
}
