import type { EpochSeconds } from '@newel/policy'
import { unusable } from '../errors.ts'
import { jwtPart } from '../jwt-part.ts'
import type { ServerMetadata } from './server-metadata.ts'

/** What an ID token is held to. */
export interface IdTokenContext {
  readonly clientId: string
  readonly now: EpochSeconds
  readonly clockToleranceSeconds: number
  /** Absent at a refresh, which sends none. */
  readonly nonce?: string
  /** Whether it must say when the authentication was. OIDC Core §3.1.3.7 item 13. */
  readonly requiresAuthTime?: boolean
}

/** Claims of an ID token that is genuine, for this client, and good now. */
export type IdTokenClaims = Readonly<Record<string, unknown>> & {
  readonly sub: string
  readonly iat: EpochSeconds
}

/**
 * The claims of an ID token, held to OIDC Core §3.1.3.7. It came straight from the token endpoint over TLS, which
 * stands for its signature (item 6); what it was signed with must still be what the provider announces.
 *
 * @throws ClientError `response_invalid`
 */
export function idTokenClaims(
  idToken: string,
  { issuer, id_token_signing_alg_values_supported: algorithms = ['RS256'] }: ServerMetadata,
  { clientId, now, clockToleranceSeconds, nonce, requiresAuthTime }: IdTokenContext,
): IdTokenClaims {
  const parts = idToken.split('.')
  const header = jwtPart(parts[0]) ?? {}
  const claims = jwtPart(parts[1]) ?? {}
  const { iss, aud, azp, exp, iat, nbf, sub, auth_time: authTime } = claims
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  const wrong = {
    form: parts.length !== 3,
    alg: !algorithms.some((algorithm) => algorithm === header['alg']),
    // An extension that must be understood, and is not. RFC 7515 §4.1.11.
    crit: header['crit'] !== undefined,
    iss: iss !== issuer,
    aud: !audiences.includes(clientId),
    azp: audiences.length !== 1 && azp !== clientId,
    exp: !isNumber(exp) || exp <= now - clockToleranceSeconds,
    nbf: nbf !== undefined && (!isNumber(nbf) || nbf > now + clockToleranceSeconds),
    nonce: nonce !== undefined && claims['nonce'] !== nonce,
    auth_time: authTime === undefined ? requiresAuthTime === true : !isNumber(authTime),
    iat: !isNumber(iat),
    sub: typeof sub !== 'string' || sub === '',
  }
  const [fault] = Object.entries(wrong).find(([, is]) => is) ?? []
  if (fault !== undefined) throw unusable(`ID token: \`${fault}\``)
  return claims as IdTokenClaims
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}
