import type { EpochSeconds } from '@newel/policy'
import { defined } from '../defined.ts'
import { unusable } from '../errors.ts'
import { isText } from './id-token.ts'
import { refusal } from './refusal.ts'

/** A good answer of the token endpoint. RFC 6749 §5.1, OIDC Core §3.1.3.3. */
export interface TokenResponse {
  readonly accessToken: string
  readonly refreshToken?: string
  readonly idToken?: string
  /** On this machine's clock. */
  readonly expiresAt?: EpochSeconds
}

/**
 * Read an answer of the token endpoint: tokens of the type asked for, or an OAuth error.
 *
 * @throws ClientError `response_invalid`; or what the provider's `error` comes to
 */
export function tokenResponse(
  status: number,
  body: Readonly<Record<string, unknown>>,
  tokenType: 'bearer' | 'dpop',
  now: EpochSeconds,
): TokenResponse {
  const {
    error,
    access_token: accessToken,
    token_type: type,
    refresh_token: refreshToken,
    id_token: idToken,
    expires_in: expiresIn,
  } = body
  if (status >= 400 && isText(error)) throw refusal(error)
  // Some providers send it as text; `null` or a list is no time.
  const seconds = typeof expiresIn === 'object' ? NaN : Number(expiresIn ?? Infinity)
  const tokens = { accessToken, ...defined({ refreshToken, idToken }) }
  if (
    status === 200 &&
    isText(type) &&
    type.toLowerCase() === tokenType &&
    Object.values(tokens).every(isText) &&
    seconds >= 0
  ) {
    return { ...tokens, ...(seconds < Infinity && { expiresAt: now + seconds }) } as TokenResponse
  }
  throw unusable('token response')
}
