import { defined } from '../defined.ts'
import { unusable } from '../errors.ts'
import { refusal } from './refusal.ts'

/** A good answer of the token endpoint. RFC 6749 §5.1, OIDC Core §3.1.3.3. */
export interface TokenResponse {
  readonly accessToken: string
  readonly refreshToken?: string
  readonly idToken?: string
  readonly expiresInSeconds?: number
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
  // Some providers send it as text.
  const expiresInSeconds = typeof expiresIn === 'string' ? parseFloat(expiresIn) : expiresIn
  if (
    status === 200 &&
    isText(accessToken) &&
    isText(type) &&
    type.toLowerCase() === tokenType &&
    (refreshToken === undefined || isText(refreshToken)) &&
    (idToken === undefined || isText(idToken)) &&
    (expiresInSeconds === undefined || isDuration(expiresInSeconds))
  ) {
    return { accessToken, ...defined({ refreshToken, idToken, expiresInSeconds }) }
  }
  throw unusable('answer of the token endpoint')
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isDuration(value: unknown): value is number {
  return typeof value === 'number' && value >= 0
}
