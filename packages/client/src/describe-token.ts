import { defined } from './defined.ts'
import { jwtPart } from './jwt-part.ts'
import type { TokenDescription } from './session.ts'

/**
 * What a JWT states about authentication, unverified: for a page that shows it, never for a decision. `undefined` for an
 * opaque token. Access tokens are the API's to read; a client that depends on their inside breaks when they change.
 */
export function describeToken(token: string): TokenDescription | undefined {
  const [, payload, signature] = token.split('.')
  const claims = signature === undefined ? {} : jwtPart(payload)
  if (Object.keys(claims).length === 0) return undefined
  const { acr, amr, auth_time: authTime, sub, exp } = claims
  return defined({
    acr: text(acr),
    amr: Array.isArray(amr) ? amr.filter((item) => typeof item === 'string') : undefined,
    authTime: time(authTime),
    subject: text(sub),
    expiresAt: time(exp),
  })
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function time(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
