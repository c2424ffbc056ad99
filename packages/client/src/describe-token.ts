import { jwtPart } from './jwt-part.ts'
import type { TokenDescription } from './session.ts'

/**
 * What a JWT states about authentication, unverified: for a page that shows it, never for a decision. `undefined` for an
 * opaque token. Access tokens are the API's to read; a client that depends on their inside breaks when they change.
 */
export function describeToken(token: string): TokenDescription | undefined {
  const claims = payloadOf(token)
  if (!claims) return undefined
  const { acr, amr, auth_time: authTime, sub, exp } = claims
  return {
    ...(typeof acr === 'string' ? { acr } : {}),
    ...(Array.isArray(amr) ? { amr: amr.filter((item) => typeof item === 'string') } : {}),
    ...(typeof authTime === 'number' ? { authTime } : {}),
    ...(typeof sub === 'string' ? { subject: sub } : {}),
    ...(typeof exp === 'number' ? { expiresAt: exp } : {}),
  }
}

function payloadOf(token: string): Readonly<Record<string, unknown>> | undefined {
  const [, payload, signature] = token.split('.')
  return signature === undefined ? undefined : jwtPart(payload)
}
