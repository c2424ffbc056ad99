import { ClientError } from '../errors.ts'
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
  const { error } = body
  if (status >= 400 && typeof error === 'string' && error !== '') throw refusal(error)
  const accessToken = textOf(body, 'access_token')
  const refreshToken = textOf(body, 'refresh_token')
  const idToken = textOf(body, 'id_token')
  const { expires_in: expiresIn } = body
  // Some providers send it as text.
  const expiresInSeconds = typeof expiresIn === 'string' ? parseFloat(expiresIn) : expiresIn
  if (
    status !== 200 ||
    accessToken === undefined ||
    textOf(body, 'token_type')?.toLowerCase() !== tokenType ||
    !(expiresInSeconds === undefined || isDuration(expiresInSeconds))
  ) {
    throw unreadable()
  }
  return {
    accessToken,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(idToken === undefined ? {} : { idToken }),
    ...(expiresInSeconds === undefined ? {} : { expiresInSeconds }),
  }
}

function isDuration(value: unknown): value is number {
  return typeof value === 'number' && value >= 0
}

function textOf(body: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = body[name]
  if (value === undefined || (typeof value === 'string' && value !== '')) return value
  throw unreadable()
}

function unreadable(): ClientError {
  return new ClientError('response_invalid', 'the token endpoint gave no answer that can be used')
}
