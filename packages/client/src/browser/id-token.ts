import type { EpochSeconds } from '@newel/policy'
import { isAcrValue, oneShotClaim } from '@newel/protocol'
import { defined } from '../defined.ts'
import { unusable } from '../errors.ts'
import { jwtPart } from '../jwt-part.ts'
import type { ServerMetadata } from './server-metadata.ts'
import type { Tokens } from './tokens.ts'

/** What an ID token is held to. */
export interface IdTokenContext {
  readonly clientId: string
  readonly clockToleranceSeconds: number
}

/** What an ID token states that is genuine, for this client, and good now. */
export type IdTokenFacts = Pick<Tokens, 'session' | 'issuedAt' | 'clockOffsetSeconds'>

/**
 * Read an ID token, held to OIDC Core §3.1.3.7. It came straight from the token endpoint over TLS, which stands for its
 * signature (item 6), so that nothing hangs on its header. `now`: on this machine's clock. `nonce`: absent at a refresh,
 * which sends none.
 *
 * @throws ClientError `response_invalid`, with the claim at fault
 */
export function readIdToken(
  idToken: string,
  { issuer }: ServerMetadata,
  { clientId, clockToleranceSeconds }: IdTokenContext,
  now: EpochSeconds,
  nonce?: string,
): IdTokenFacts {
  const claims = jwtPart(idToken.split('.')[1])
  const { iss, aud, azp, exp, iat, nbf, sub, acr, amr, auth_time: authTime } = claims
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  const wrong = {
    iss: iss !== issuer,
    aud: !audiences.includes(clientId),
    azp: audiences.length !== 1 && azp !== clientId,
    exp: !isNumber(exp) || exp <= now - clockToleranceSeconds,
    nbf: nbf !== undefined && (!isNumber(nbf) || nbf > now + clockToleranceSeconds),
    nonce: nonce !== undefined && claims['nonce'] !== nonce,
    auth_time: authTime !== undefined && (!isNumber(authTime) || authTime < 0),
    acr: acr !== undefined && !isAcrValue(acr),
    amr: amr !== undefined && !(Array.isArray(amr) && amr.every(isText)),
    iat: !isNumber(iat),
    sub: !isText(sub),
  }
  const [fault] = Object.entries(wrong).find(([, is]) => is) ?? []
  if (fault !== undefined) throw unusable(`ID token: \`${fault}\``)

  return {
    issuedAt: iat as EpochSeconds,
    clockOffsetSeconds: (iat as EpochSeconds) - now,
    session: defined({
      subject: sub as string,
      acr: acr as string | undefined,
      amr: amr as readonly string[] | undefined,
      // A fraction is dropped, which only ever makes the proof older.
      authTime: authTime === undefined ? undefined : Math.floor(authTime as number),
      oneShot: claims[oneShotClaim] === true || undefined,
    }),
  }
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}

/** Whether a value is a text that says something. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
